import type { OutboxEvent, OutboxStore } from '#blocks/actors/ports.ts';
import { textArray } from './binary-array.ts';
import { type Connection, type Row, bytesOf } from './connection.ts';
import type { ActorTableNames } from './migration.ts';

/** Outgoing events of one app that are not yet published. */
export function postgresOutbox(connection: Connection, appId: string, { outbox }: ActorTableNames): OutboxStore {
  const claim = {
    name: 'outbox-claim',
    text: `with free as (
        select seq from ${outbox} where app_id = $1 and leased_until <= now() order by seq limit $2 for update skip locked
      ),
      leased as (
        update ${outbox} o set leased_until = now() + $3::float8 * interval '1 millisecond' from free
        where o.seq = free.seq
        returning o.seq, event_id, pubsub, topic, data, content_type, metadata, traceparent
      )
      select event_id, pubsub, topic, data, content_type, metadata, traceparent from leased order by seq`,
  };
  const remove = {
    name: 'outbox-remove',
    text: `delete from ${outbox} where app_id = $1 and event_id = any($2::text[])`,
  };
  return {
    claim: async (limit, leaseMs) => (await connection.run(claim, [appId, limit, leaseMs])).map(eventOf),
    async remove(ids) {
      if (ids.length > 0) await connection.run(remove, [appId, textArray(ids)]);
    },
  };
}

function eventOf([id, pubsub, topic, data, contentType, metadata, traceparent]: Row): OutboxEvent {
  return {
    id: id ?? '',
    pubsub: pubsub ?? '',
    topic: topic ?? '',
    data: bytesOf(data),
    contentType: contentType ?? '',
    metadata: JSON.parse(metadata ?? '{}') as Readonly<Record<string, string>>,
    traceparent: traceparent ?? '',
  };
}
