import type { Activity } from './activity.ts';
import type { ActivityKind } from './activity-attributes.ts';
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
  /** How many activities after `afterSeq` the ring has dropped. Absent when none. */
  readonly missed?: number;
}

/** The activities of one sidecar, for readers. Payloads are truncated and secrets redacted. */
export interface ActivityFeed {
  recent(filter: ActivityFilter, limit: number): ActivityPage;
  /**
   * Stored activities after `afterSeq`, when that is given, then new ones as they end, until `signal` aborts. A reader
   * that is too slow loses the oldest; the gap shows in `seq`.
   */
  follow(filter: ActivityFilter, signal: AbortSignal): AsyncIterable<Activity>;
}

export interface ClusterActivityPage extends ActivityPage {
  /** Requested apps that did not respond in time. */
  readonly unreachable: readonly string[];
}

/** The last `seq` that a reader has seen of each app. */
export type ActivityCursor = ReadonlyMap<string, number>;

/** The activities of several sidecars as one stream. Without `apps`, those of this sidecar. */
export interface ClusterActivityReader {
  /** Ordered by `startedAt`. Waits for each sidecar at most two seconds. */
  recent(
    call: Call,
    filter: ActivityFilter,
    options: { limit: number; apps: readonly string[] },
  ): Promise<ClusterActivityPage>;
  /** Reconnects to a sidecar that was unavailable. Ends with the call. */
  follow(
    call: Call,
    filter: ActivityFilter,
    options: { apps: readonly string[]; cursor: ActivityCursor },
  ): AsyncIterable<Activity>;
}
