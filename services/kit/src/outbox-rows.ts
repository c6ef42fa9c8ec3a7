import type { Database, Migration, Queries, Transaction } from './database.ts';

export const outboxMigrations: readonly Migration[] = [
  {
    name: '000 outbox',
    sql: `create table outbox (
    seq bigint generated always as identity primary key,
    event_id text not null unique,
    pubsub text not null,
    topic text not null,
    type text not null,
    data text not null,
    subject text not null,
    traceparent text,
    written_at timestamptz not null default now()
  );`,
  },
  {
    name: '000 outbox leases',
    sql: `alter table outbox
      add column attempts int not null default 0,
      add column leased_until timestamptz,
      add column retry_at timestamptz,
      -- Set when publishing can never succeed: the row stays for inspection and does not delay others.
      add column parked_at timestamptz,
      add column error text;
    create index outbox_subject on outbox (subject, seq) where parked_at is null;`,
  },
];

export interface OutboxRow {
  readonly [column: string]: unknown;
  readonly seq: string;
  readonly event_id: string;
  readonly pubsub: string;
  readonly topic: string;
  readonly type: string;
  readonly data: string;
  readonly subject: string;
  readonly traceparent: string | null;
  readonly attempts: number;
  /** The same for all rows of one claim. */
  readonly lease: string;
}

export interface NewOutboxRow {
  readonly id: string;
  readonly pubsub: string;
  readonly topic: string;
  readonly type: string;
  readonly data?: unknown;
  readonly subject: string;
  readonly traceparent?: string;
}

export async function insertRow(tx: Queries, row: NewOutboxRow): Promise<void> {
  const { id, pubsub, topic, type, data = null, subject, traceparent = null } = row;
  await tx.execute(
    `insert into outbox (event_id, pubsub, topic, type, data, subject, traceparent)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, pubsub, topic, type, JSON.stringify(data), subject, traceparent],
  );
}

/** Longer than one relay works on its claimed rows (`batchTimeoutMs` in outbox.ts). */
const leaseSeconds = 15;
const subjectsPerBatch = 64;
const rowsPerBatch = 200;

/**
 * Leases the oldest rows of the subjects whose first row is due. A subject belongs to one relay at a time, so its events
 * keep their order; a subject that waits for its next attempt does not delay the others. With `isForced` rows are
 * claimed before their next attempt is due.
 *
 * One statement: the relay that locks a subject's first row has the subject. Other relays skip it while it is locked, and see its
 * lease afterwards: Postgres checks a row again that has changed since the statement began. Of its later rows those before the
 * first locked one are claimed: a row that somebody holds delays its own subject, not the relay.
 */
export async function claimRows(database: Queries, isForced: boolean): Promise<readonly OutboxRow[]> {
  const rows = await database.query<OutboxRow>(
    `with heads as (
       select distinct on (subject) seq, leased_until, retry_at from outbox
       where parked_at is null order by subject, seq
     ), due as (
       select seq from heads where ${isDue} order by seq limit ${subjectsPerBatch}
     ), chosen as (
       select o.subject from outbox o join due using (seq)
       where o.parked_at is null and ${isDue} for update of o skip locked
     ), locked as (
       select o.seq, o.subject from outbox o join chosen using (subject)
       where o.parked_at is null order by o.seq limit ${rowsPerBatch} for update of o skip locked
     ), held as (
       select o.subject, min(o.seq) as seq from outbox o join chosen using (subject)
       where o.parked_at is null and o.seq < (select max(seq) from locked)
         and not exists (select 1 from locked where locked.seq = o.seq) group by o.subject
     )
     update outbox o set leased_until = now() + interval '${leaseSeconds} seconds', attempts = attempts + 1
     from locked left join held using (subject)
     where o.seq = locked.seq and o.parked_at is null and (held.seq is null or o.seq < held.seq)
     returning o.seq, o.event_id, o.pubsub, o.topic, o.type, o.data, o.subject, o.traceparent, o.attempts,
       o.leased_until::text as lease`,
    [isForced],
  );
  return rows.toSorted((a, b) => Number(a.seq) - Number(b.seq));
}

/** A time further ahead than any lease or delay is from before the database's clock was set back. */
const isPast = (column: string): string =>
  `(${column} is null or ${column} <= now() or ${column} > now() + interval '${maxAheadSeconds} seconds')`;
const maxAheadSeconds = 120;
const isDue = `${isPast('leased_until')} and ($1 or ${isPast('retry_at')})`;

/** Whether the limits of a batch may have left rows behind. Rows that are written meanwhile wake the relay again. */
export const isWholeBatch = (rows: readonly OutboxRow[]): boolean =>
  rows.length >= rowsPerBatch || new Set(rows.map(({ subject }) => subject)).size >= subjectsPerBatch;

export interface PublishedRows {
  readonly sent: readonly string[];
  /** Released without an attempt: an earlier row of their subject failed, or the time limit was reached. */
  readonly released: readonly string[];
  readonly failed: readonly { readonly seq: string; readonly delayMs: number; readonly error: string }[];
  readonly parked: readonly { readonly seq: string; readonly subject: string; readonly error: string }[];
}

/**
 * Published rows alone, the usual case, are one statement without a transaction around it. The others are changed only under
 * the `lease` of their claim: a relay that was stopped for longer than its lease leaves them to the one that has claimed them since.
 */
export async function settleRows(database: Database, lease: string, rows: PublishedRows): Promise<void> {
  const { sent, released, failed, parked } = rows;
  if (released.length + failed.length + parked.length > 0)
    return database.transaction((tx) => settleAll(tx, lease, rows));
  await deleteSent(database, sent);
}

const deleteSent = (queries: Queries, sent: readonly string[]): Promise<number> =>
  queries.execute('delete from outbox where seq = any($1::bigint[])', [sent]);

async function settleAll(
  tx: Transaction,
  lease: string,
  { sent, released, failed, parked }: PublishedRows,
): Promise<void> {
  if (sent.length > 0) await deleteSent(tx, sent);
  if (released.length > 0)
    await tx.execute(
      `update outbox set leased_until = null, attempts = greatest(attempts - 1, 0)
       where seq = any($2::bigint[]) and leased_until = $1::timestamptz`,
      [lease, released],
    );
  if (failed.length > 0)
    await tx.execute(
      `update outbox o set leased_until = null, retry_at = now() + make_interval(secs => f.seconds), error = f.error
       from unnest($2::bigint[], $3::float8[], $4::text[]) as f(seq, seconds, error)
       where o.seq = f.seq and o.leased_until = $1::timestamptz`,
      [
        lease,
        failed.map(({ seq }) => seq),
        failed.map(({ delayMs }) => delayMs / 1000),
        failed.map(({ error }) => error),
      ],
    );
  for (const { seq, error } of parked)
    await tx.execute(
      `update outbox set leased_until = null, parked_at = now(), error = $3
       where seq = $2 and leased_until = $1::timestamptz`,
      [lease, seq, error],
    );
}
