import type { Activity, ActivityKind } from './activity.ts';

export interface ActivityFilter {
  readonly traceId?: string;
  readonly kind?: ActivityKind;
  /** Only activities with a greater `seq`. */
  readonly afterSeq?: number;
  /** Only activities that began at or after this time, milliseconds since the epoch. */
  readonly since?: number;
}

export interface ActivityPage {
  /** Oldest first; when more match than `limit`, the newest of them. */
  readonly activities: readonly Activity[];
  /** How many after `afterSeq` are gone from the ring. Absent when none. */
  readonly missed?: number;
}

/** One sidecar's record of what it did, for readers. Payloads come out cut and with secrets struck out. */
export interface ActivityFeed {
  recent(filter: ActivityFilter, limit: number): ActivityPage;
  /**
   * What happens from now on, as it ends, until `signal` aborts. A reader that is too slow loses the oldest; the gap
   * shows in `seq`.
   */
  follow(filter: ActivityFilter, signal: AbortSignal): AsyncIterable<Activity>;
}
