import type { Collection, Db } from 'mongodb';
import type { StateDocument } from './connection.ts';

/** A lease ends at `leaseUntil` of the server's clock. */
export interface HostDocument {
  _id: string;
  appId: string;
  address: string;
  types: readonly string[];
  leaseUntil: Date;
}

/** The document stays when nobody owns the partition: the epoch must grow with each new owner. */
export interface PartitionDocument {
  _id: string;
  type: string;
  partition: number;
  hostId: string | null;
  epoch: number;
  /** Incremented by each turn, so that no other host can claim the partition while a turn commits. */
  turns?: number;
}

export interface ReminderDocument {
  _id: string;
  type: string;
  actorId: string;
  partition: number;
  dueAt: number;
  version: string;
  /** As JSON. */
  reminder: string;
}

/** The driver generates growing ids: the events of one sidecar are in the order in which they were stored. */
export interface OutboxDocument {
  appId: string;
  eventId: string;
  /** JSON, without the data. */
  event: string;
  data: Uint8Array;
  leasedUntil: Date;
  /** The id of the claim that holds the lease. */
  claim?: string;
}

/** The state collection, and collections that upstream does not have. */
export interface ActorCollections {
  readonly state: Collection<StateDocument>;
  readonly hosts: Collection<HostDocument>;
  readonly partitions: Collection<PartitionDocument>;
  readonly reminders: Collection<ReminderDocument>;
  readonly outbox: Collection<OutboxDocument>;
}

const parts = ['hosts', 'partitions', 'reminders', 'outbox'] as const;

/**
 * Creates missing collections, which would cost more inside a transaction. Each write waits for a majority, so that a newly
 * elected primary has it.
 */
export async function openActorCollections(
  database: Db,
  { stateCollection, namespace }: { readonly stateCollection: string; readonly namespace: string },
): Promise<ActorCollections> {
  const nameOf = (part: string): string =>
    `${stateCollection}_outrigger_${namespace === '' ? part : `${namespace}_${part}`}`;
  const existing = new Set((await database.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
  for (const name of parts.map(nameOf)) if (!existing.has(name)) await create(database, name);
  // overrides the connection string: a secondary may lag behind, and a minority write may be rolled back
  const durably = {
    readPreference: 'primary',
    readConcern: { level: 'majority' },
    writeConcern: { w: 'majority', journal: true },
  } as const;
  const collections: ActorCollections = {
    state: database.collection(stateCollection, durably),
    hosts: database.collection(nameOf('hosts'), durably),
    partitions: database.collection(nameOf('partitions'), durably),
    reminders: database.collection(nameOf('reminders'), durably),
    outbox: database.collection(nameOf('outbox'), durably),
  };
  await collections.reminders.createIndex({ type: 1, partition: 1, dueAt: 1 });
  await collections.reminders.createIndex({ type: 1, actorId: 1 });
  await collections.outbox.createIndex({ appId: 1, _id: 1 });
  await collections.outbox.createIndex({ appId: 1, eventId: 1 });
  return collections;
}

/** Another sidecar may create it at the same time. */
async function create(database: Db, name: string): Promise<void> {
  try {
    await database.createCollection(name);
  } catch (cause) {
    const exists = await database.listCollections({ name }, { nameOnly: true }).hasNext();
    if (!exists) throw cause;
  }
}
