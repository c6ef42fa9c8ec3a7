import { randomUUID } from 'node:crypto';
import { type Document, MongoClient } from 'mongodb';
import type { ActorDatabaseUnderTest } from '#blocks/actors/actor-store.conformance.ts';
import { mongoStateStore } from './state-store.ts';
import { mongoContext, mongoUrl } from './testing.ts';

export interface MongoActorDatabase extends ActorDatabaseUnderTest {
  /** The collections of the actors by the suffix of their name; the empty string is the state collection. */
  collection(part: '' | 'hosts' | 'partitions' | 'reminders' | 'outbox'): ReturnType<typeof collectionOf>;
}

const collectionOf = (client: MongoClient, name: string) =>
  client.db('daprStore').collection<Document & { _id: string }>(name);

/** Actors in a collection for one test; each store has its own connections, as each sidecar would. */
export function mongoActorDatabase(connectionstring = mongoUrl): MongoActorDatabase {
  const client = new MongoClient(connectionstring);
  const name = `test-${randomUUID()}`;
  const closers: (() => Promise<void>)[] = [];
  const collection: MongoActorDatabase['collection'] = (part) =>
    collectionOf(client, part === '' ? name : `${name}_outrigger_${part}`);
  const shift = async (part: '' | 'hosts' | 'outbox', field: string, ms: number): Promise<void> => {
    const earlier = { $set: { [field]: { $subtract: [`$${field}`, ms] } } };
    await collection(part).updateMany({ [field]: { $type: 'date' } }, [earlier]);
  };
  return {
    collection,
    async open(appId) {
      const context = mongoContext({ connectionstring, collectionname: name, actorstatestore: 'true' });
      const store = await mongoStateStore({ ...context, appId });
      if (!store.actorStore) throw new TypeError('the server has no transactions');
      closers.push(() => store.close());
      return store.actorStore(appId);
    },
    async passTime(ms) {
      // the server's clock cannot be moved, so the stored times move
      await Promise.all([shift('', '_ttl', ms), shift('hosts', 'leaseUntil', ms), shift('outbox', 'leasedUntil', ms)]);
    },
    async close() {
      await Promise.all(closers.map((close) => close()));
      for (const part of ['', 'hosts', 'partitions', 'reminders', 'outbox'] as const)
        await collection(part)
          .drop()
          .catch(() => {});
      await client.close();
    },
  };
}
