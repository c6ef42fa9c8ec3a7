/** What a sidecar is still waiting for. Each part of it holds a named target and marks it when it is done. */
export interface Readiness {
  /** Announces a target that is not ready yet. */
  expect(target: string): void;
  ready(target: string): void;
  /** Targets that are not ready, in the order they were announced. */
  readonly pending: readonly string[];
}

export function readiness(): Readiness {
  const pending = new Set<string>();
  return {
    expect: (target) => void pending.add(target),
    ready: (target) => void pending.delete(target),
    get pending() {
      return [...pending];
    },
  };
}
