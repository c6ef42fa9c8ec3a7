import type { Call } from '#core/call.ts';
import { actorPlacementMissing } from './errors.ts';
import type { ActorHost, Fence } from './ports.ts';

/** Receives changes of the partitions that this host owns. */
export interface PartitionListener {
  /** These partitions may run turns on this host from now on. */
  onAcquired(fences: readonly Fence[]): void;
  /**
   * No turn begins in these partitions from the call on; running turns may end within the drain timeout of their type,
   * and within `limitMs`. `onEmptied` is called for each partition when no turn runs in it any more and its actors are
   * removed; resolves after all were reported. May be called again with a shorter limit.
   */
  onRevoked(fences: readonly Fence[], limitMs: number, onEmptied: (fence: Fence) => void): Promise<void>;
}

/** As the metadata API shows it; an empty string before the first contact. */
export type PlacementStatus = '' | 'connected' | 'disconnected';

/** Knows which host owns which partition, and the fence under which this one may run turns. */
export interface Placement {
  readonly status: PlacementStatus;
  /** The fence under which a turn may begin here right now; undefined when it may not. Does no I/O. */
  fence(type: string, partition: number): Fence | undefined;
  /** All fences that `fence` would return. */
  fences(): readonly Fence[];
  /**
   * The host that owns the partition. Waits a bounded time while there is none, then throws `actorNoAddress` naming the
   * known hosts.
   */
  find(call: Call, type: string, partition: number): Promise<'here' | ActorHost>;
  /**
   * The cached placement may be stale: reads the table again, unless that was done very recently or less than
   * `olderThanMs` ago.
   */
  refresh(call: Call, olderThanMs?: number): Promise<void>;
  /** The store rejected this fence: another host has taken over. */
  reportLost(fence: Fence): void;
  /**
   * Begins to offer these types, or changes the offered types. Resolves when the first partitions are owned or the
   * attempt failed.
   */
  host(types: readonly string[], listener: PartitionListener): Promise<void>;
  /**
   * Resolves when this host owns its full share of the types it offers, or after a timeout: earlier hosts release their
   * partitions first. Until then actors are about to move. Never rejects.
   */
  whenSettled(signal: AbortSignal): Promise<void>;
  /** Drains, releases all partitions and removes this host. `host` may follow. */
  leave(): Promise<void>;
  /** Like `leave`; from then on `host` does nothing, and `find` does not wait when no host offers the type. */
  close(): Promise<void>;
}

/** For a sidecar without an actor store: it finds no host, and its error names what is missing. */
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
