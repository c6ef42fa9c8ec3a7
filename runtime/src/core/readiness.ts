/** What a sidecar is still waiting for. Each part registers a named target and marks it as ready. */
export interface Readiness {
  /** Registers a target that is not ready yet. */
  expect(target: string): void;
  ready(target: string): void;
  /** Targets that are not ready, in the order of registration. */
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
