import type { Activity, ActivityKind } from './activity.ts';
import type { Call } from './call.ts';

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
   * What is kept after `afterSeq`, when that is given, then what happens from now on, as it ends, until `signal` aborts.
   * A reader that is too slow loses the oldest; the gap shows in `seq`.
   */
  follow(filter: ActivityFilter, signal: AbortSignal): AsyncIterable<Activity>;
}

export interface ClusterActivityPage extends ActivityPage {
  /** Apps that were asked for and did not answer in time. */
  readonly unreachable: readonly string[];
}

/** The last `seq` a reader has seen of each app. */
export type ActivityCursor = ReadonlyMap<string, number>;

/** The records of several sidecars as one. Without `apps`, those of this one. */
export interface ClusterActivityReader {
  /** In order of `startedAt`. Waits for no sidecar longer than two seconds. */
  recent(
    call: Call,
    filter: ActivityFilter,
    options: { limit: number; apps: readonly string[] },
  ): Promise<ClusterActivityPage>;
  /** A sidecar that goes is asked again when it is back. Ends with the call. */
  follow(
    call: Call,
    filter: ActivityFilter,
    options: { apps: readonly string[]; cursor: ActivityCursor },
  ): AsyncIterable<Activity>;
}
