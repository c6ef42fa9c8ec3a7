import type { Call } from '#core/call.ts';
import { actorPlacementMissing } from './errors.ts';
import type { ActorHost, Fence } from './ports.ts';

/** What placement asks of whoever runs the turns. */
export interface PartitionListener {
  /** These partitions may run turns here from now on. */
  onAcquired(fences: readonly Fence[]): void;
  /**
   * No turn begins in these partitions from the moment it is called; turns under way may end within the drain timeout of
   * their type, and within `limitMs`. `emptied` gets each partition when no turn runs in it any more and its actors are
   * forgotten; resolves when it got all. May be called again with less time.
   */
  onRevoked(fences: readonly Fence[], limitMs: number, onEmptied: (fence: Fence) => void): Promise<void>;
}

/** As the metadata API names it; an empty string before the first contact. */
export type PlacementStatus = '' | 'connected' | 'disconnected';

/** Knows which host owns which partition, and on what proof this one may run turns. */
export interface Placement {
  readonly status: PlacementStatus;
  /** The proof under which a turn may begin here right now; undefined when it may not. Does no I/O. */
  fence(type: string, partition: number): Fence | undefined;
  /** All that `fence` would give. */
  fences(): readonly Fence[];
  /**
   * The host that owns the partition. Waits a bounded time while nobody does, then throws `actorNoAddress` naming who
   * hosts what.
   */
  find(call: Call, type: string, partition: number): Promise<'here' | ActorHost>;
  /**
   * What was believed turned out wrong, or may have: reads the table again, unless that was done a moment ago or less than
   * `olderThanMs` ago.
   */
  refresh(call: Call, olderThanMs?: number): Promise<void>;
  /** The store refused this fence: another host has taken over. */
  reportLost(fence: Fence): void;
  /** Begins to offer these types, or changes what is offered. Resolves when the first partitions are owned or the try failed. */
  host(types: readonly string[], listener: PartitionListener): Promise<void>;
  /**
   * Resolves when this host has all that it should have of the types it offers, or after a moment: hosts that came
   * before let go of it first. Until then actors are about to move. Never rejects.
   */
  whenSettled(signal: AbortSignal): Promise<void>;
  /** Drains, gives everything back and is forgotten by other hosts. `host` may follow. */
  leave(): Promise<void>;
  /** As `leave`, and from then on `host` does nothing, and `find` waits for no host where none offers the type. */
  close(): Promise<void>;
}

/** For a sidecar without an actor store: it finds nobody, and says what is missing. */
export function nullPlacement(): Placement {
  return {
    status: 'disconnected',
    fence: () => undefined,
    fences: () => [],
    find: () => Promise.reject(actorPlacementMissing()),
    refresh: async () => {},
    reportLost() {},
    host: async () => {},
    whenSettled: async () => {},
    leave: async () => {},
    close: async () => {},
  };
}
