import { actorStateKey } from '#blocks/actors/actor-key.ts';
import type { ActorRef } from '#blocks/actors/ports.ts';

/** Names of all keys that actors use. */
export interface ActorKeys {
  /** Hash: host id to JSON `[appId, address, types]`. */
  readonly hosts: string;
  /** Sorted set: host id by the end of its lease. */
  readonly leases: string;
  /** Hash: partition to `<epoch> <host id>`. */
  readonly owners: string;
  /** Hash: partition to its last epoch. Fields are never removed. */
  readonly epochs: string;
  state(actor: ActorRef, key: string): string;
  /** Hash: reminder name to its version, a line break and its JSON. */
  reminders(actor: ActorRef): string;
  /** Sorted set: JSON `[actor id, reminder name]` by due time. */
  due(type: string, partition: number): string;
  readonly outbox: {
    /** Sorted set: event id by its sequence number. */
    readonly order: string;
    /** Hash: event id to JSON. */
    readonly events: string;
    /** Sorted set: event id by the end of the relay's lease. */
    readonly leases: string;
    /** The last sequence number. */
    readonly sequence: string;
  };
}

/**
 * The keys of one namespace's actors share a prefix that is also a hash tag. State has Dapr's names, except on a cluster:
 * there the tag comes first, so that all keys of a turn are in one slot.
 */
export function actorKeys(owner: {
  readonly namespace: string;
  readonly appId: string;
  readonly isCluster: boolean;
}): ActorKeys {
  const { appId, isCluster } = owner;
  const tag = `{outrigger-actors||${owner.namespace}}`;
  const outbox = (part: string): string => `${tag}||outbox-${part}||${appId}`;
  return {
    hosts: `${tag}||hosts`,
    leases: `${tag}||leases`,
    owners: `${tag}||owners`,
    epochs: `${tag}||epochs`,
    state: (actor, key) => (isCluster ? `${tag}||` : '') + actorStateKey(appId, actor, key),
    // JSON, since a type or an id may contain any separator
    reminders: ({ type, id }) => `${tag}||reminders||${JSON.stringify([type, id])}`,
    due: (type, partition) => `${tag}||due||${partition}||${type}`,
    outbox: {
      order: outbox('order'),
      events: outbox('events'),
      leases: outbox('leases'),
      sequence: outbox('sequence'),
    },
  };
}

/** A partition's field in the hashes of owners and epochs. */
export function partitionField({ type, partition }: { readonly type: string; readonly partition: number }): string {
  return `${partition} ${type}`;
}

/** What the owners hash stores for a partition. */
export function ownerValue({ epoch, hostId }: { readonly epoch: number; readonly hostId: string }): string {
  return `${epoch} ${hostId}`;
}
