import type { OutboxEvent, OutboxStore } from '#blocks/actors/ports.ts';
import type { Clock } from '#core/clock.ts';
import type { ActorTableNames } from './actor-tables.ts';
import type { Database } from './database.ts';

export interface SqliteOutbox extends OutboxStore {
  /** Only inside a write. */
  add(event: OutboxEvent): void;
}

/** Outgoing events of one app. `write` runs a function inside a write transaction. */
export function sqliteOutbox(
  { sqlite }: Database,
  { outbox }: ActorTableNames,
  owner: { readonly appId: string; readonly clock: Clock; readonly write: <T>(work: () => T) => Promise<T> },
): SqliteOutbox {
  const { appId, clock, write } = owner;
  const insert = sqlite.prepare(
    `insert into ${outbox} (app_id, event_id, event, data, leased_until) values (?, ?, ?, ?, 0)`,
  );
  const lease = sqlite.prepare(
    `update ${outbox} set leased_until = ? where seq in
      (select seq from ${outbox} where app_id = ? and leased_until <= ? order by seq limit ?)
      returning seq, event, data`,
  );
  const drop = sqlite.prepare(
    `delete from ${outbox} where app_id = ? and event_id in (select value from json_each(?))`,
  );

  return {
    add({ data, ...event }) {
      insert.run(appId, event.id, JSON.stringify(event), data);
    },
    claim: (limit, leaseMs) =>
      write(() =>
        lease
          .all(clock.now() + leaseMs, appId, clock.now(), limit)
          .sort((a, b) => Number(a['seq']) - Number(b['seq']))
          .map((row) => ({
            // written by `add`
            ...(JSON.parse(String(row['event'])) as Omit<OutboxEvent, 'data'>),
            data: Buffer.from((row['data'] as Uint8Array<ArrayBuffer>).buffer),
          })),
      ),
    remove: (ids) => (ids.length === 0 ? Promise.resolve() : write(() => void drop.run(appId, JSON.stringify(ids)))),
  };
}
