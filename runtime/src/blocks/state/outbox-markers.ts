import type { Clock } from '#core/clock.ts';

/** What this process knows of a marker. `published`: its event is published. */
export type MarkerOutcome = 'committed' | 'rejected' | 'unknown' | 'published';

/**
 * The markers of this process's own transactions. Their outcome is known here without waiting or reading the store. A
 * marker that is unknown here was written by another process, or long ago.
 */
export interface StagedMarkers {
  open(id: string): void;
  settle(id: string, outcome: MarkerOutcome): void;
  /** Waits while the transaction is running. Undefined when the marker is unknown. */
  outcome(id: string): Promise<MarkerOutcome | undefined>;
}

/** Longer than a broker takes to redeliver an unacknowledged message. */
const retentionMs = 300_000;
const maxEntries = 10_000;

interface Entry {
  readonly since: number;
  readonly settled: Promise<MarkerOutcome>;
  readonly resolve: (outcome: MarkerOutcome) => void;
}

export function stagedMarkers(clock: Clock): StagedMarkers {
  const entries = new Map<string, Entry>();

  /** The oldest come first. */
  const prune = (): void => {
    const tooOld = clock.monotonic() - retentionMs;
    for (const [id, { since, resolve }] of entries) {
      if (entries.size <= maxEntries && since > tooOld) return;
      resolve('unknown');
      entries.delete(id);
    }
  };

  const add = (id: string, settled: Promise<MarkerOutcome>, resolve: Entry['resolve']): void => {
    entries.delete(id);
    entries.set(id, { since: clock.monotonic(), settled, resolve });
    prune();
  };

  return {
    open(id) {
      const { promise, resolve } = Promise.withResolvers<MarkerOutcome>();
      add(id, promise, resolve);
    },
    settle(id, outcome) {
      entries.get(id)?.resolve(outcome);
      if (outcome !== 'unknown') add(id, Promise.resolve(outcome), () => {});
      else entries.delete(id);
    },
    outcome: async (id) => entries.get(id)?.settled,
  };
}
