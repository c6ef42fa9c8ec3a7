import { Binary, type ClientSession } from 'mongodb';
import type { OutboxEvent, OutboxStore } from '#blocks/actors/ports.ts';
import type { ActorCollections } from './actor-collections.ts';
import type { MongoConnection } from './connection.ts';

export interface MongoOutbox extends OutboxStore {
  /** In the transaction of a turn. */
  add(events: readonly OutboxEvent[], session: ClientSession): Promise<void>;
}

const isFree = { $expr: { $lte: ['$leasedUntil', '$$NOW'] } };

/** Outgoing events of one app. A relay leases them, publishes them and removes them. */
export function mongoOutbox(
  { outbox }: ActorCollections,
  { write }: Pick<MongoConnection, 'write'>,
  { appId, uuid }: { readonly appId: string; readonly uuid: () => string },
): MongoOutbox {
  return {
    async add(events, session) {
      if (events.length === 0) return;
      const documents = events.map(({ data, ...event }) => ({
        appId,
        eventId: event.id,
        event: JSON.stringify(event),
        data,
        leasedUntil: new Date(0),
      }));
      await outbox.insertMany(documents, { session });
    },
    claim: (limit, leaseMs) =>
      write(async () => {
        const claim = uuid();
        const lease = { $set: { claim: { $literal: claim }, leasedUntil: { $add: ['$$NOW', leaseMs] } } };
        let claimed = 0;
        // another relay may lease some of these ids in the meantime: then look for more
        while (claimed < limit) {
          const free = outbox.find({ appId, ...isFree }, { projection: { _id: 1 }, sort: { _id: 1 } });
          const ids = (await free.limit(limit - claimed).toArray()).map(({ _id }) => _id);
          if (ids.length === 0) break;
          claimed += (await outbox.updateMany({ _id: { $in: ids }, ...isFree }, [lease])).modifiedCount;
        }
        if (claimed === 0) return [];
        const mine = await outbox.find({ appId, claim }).sort({ _id: 1 }).toArray();
        return mine.map(({ event, data }) => ({
          // written by `add`
          ...(JSON.parse(event) as Omit<OutboxEvent, 'data'>),
          data: data instanceof Binary ? data.value() : data,
        }));
      }),
    remove: (ids) =>
      write(async () => {
        if (ids.length > 0) await outbox.deleteMany({ appId, eventId: { $in: [...ids] } });
      }),
  };
}
