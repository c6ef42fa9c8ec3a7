import type { Database } from './database.ts';

/** The names of the tables that upstream does not have. */
export interface ActorTableNames {
  readonly hosts: string;
  readonly partitions: string;
  readonly reminders: string;
  readonly outbox: string;
}

/** Named after the state table, since a file can have several. */
export function actorTables(stateTable: string): ActorTableNames {
  const named = (name: string): string => `${stateTable}_outrigger_${name}`;
  return {
    hosts: named('hosts'),
    partitions: named('partitions'),
    reminders: named('reminders'),
    outbox: named('outbox'),
  };
}

/** Must run inside a transaction. Times are milliseconds since the epoch. */
export function createActorTables(
  { sqlite }: Database,
  { hosts, partitions, reminders, outbox }: ActorTableNames,
): void {
  sqlite.exec(`
    create table if not exists ${hosts} (
      host_id text not null primary key,
      app_id text not null,
      address text not null,
      types text not null,
      lease_until real not null
    );
    create table if not exists ${partitions} (
      type text not null,
      partition integer not null,
      host_id text,
      epoch integer not null,
      primary key (type, partition)
    ) without rowid;
    create table if not exists ${reminders} (
      type text not null,
      actor_id text not null,
      name text not null,
      partition integer not null,
      due_at real not null,
      version text not null,
      reminder text not null,
      primary key (type, actor_id, name)
    ) without rowid;
    create index if not exists ${reminders}_due_idx on ${reminders} (type, partition, due_at);
    create table if not exists ${outbox} (
      seq integer primary key autoincrement,
      app_id text not null,
      event_id text not null,
      event text not null,
      data blob not null,
      leased_until real not null
    );
    create index if not exists ${outbox}_app_idx on ${outbox} (app_id, seq);
    create index if not exists ${outbox}_event_idx on ${outbox} (app_id, event_id)`);
}
