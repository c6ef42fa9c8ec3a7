import type { Database, Queries, Row } from '@tidewater/kit/database.ts';
import type { DeadLetter } from './dead-letter.ts';

export const deadLetterStates = ['open', 'redriven', 'discarded'] as const;
export type DeadLetterState = (typeof deadLetterStates)[number];

export interface StoredDeadLetter extends DeadLetter {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly receivedAt: Date;
  readonly decidedAt?: Date;
}

export interface DeadLetterQuery {
  readonly state?: DeadLetterState;
  readonly limit: number;
  /** Only those that came earlier than this one. */
  readonly before?: string;
}

/** Table `dead_letters`. */
export interface DeadLetterRepository {
  /** False when this event of this app is stored already. */
  add(deadLetter: DeadLetter, receivedAt: Date): Promise<boolean>;
  /** Newest first. */
  list(query: DeadLetterQuery): Promise<readonly StoredDeadLetter[]>;
  find(id: string): Promise<StoredDeadLetter | undefined>;
  /**
   * Locks one dead letter, runs `work` for it (undefined when there is none) and then sets its `state`. When `work` throws,
   * nothing is changed. An event that is redriven reaches all apps, so its open dead letters of other apps are closed too.
   * Resolves to the ids of all that were closed.
   */
  decide(
    id: string,
    state: DeadLetterState,
    decidedAt: Date,
    work: (deadLetter: StoredDeadLetter | undefined) => Promise<void>,
  ): Promise<readonly string[]>;
  countOpen(): Promise<number>;
  /** Deletes those older than `olderThan` and, beyond the newest `most`, the oldest; resolves to how many. */
  prune(olderThan: Date, maxCount: number): Promise<number>;
}

interface DeadLetterRow extends Row {
  readonly id: string;
  readonly app: string;
  readonly topic: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly order_id: string | null;
  readonly reason: string;
  readonly attempts: number | null;
  readonly traceparent: string | null;
  readonly event: string;
  readonly received_at: Date;
  readonly state: DeadLetterState;
  readonly decided_at: Date | null;
}

export function deadLetterRepository(database: Database): DeadLetterRepository {
  return {
    async add(deadLetter, receivedAt) {
      const { app, topic, eventId, eventType, orderId, reason, attempts, traceparent, event } = deadLetter;
      const added = await database.execute(
        `insert into dead_letters
           (app, topic, event_id, event_type, order_id, reason, attempts, traceparent, event, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
        [
          app,
          topic,
          eventId,
          eventType,
          orderId ?? null,
          reason,
          attempts ?? null,
          traceparent ?? null,
          event,
          receivedAt.toISOString(),
        ],
      );
      return added > 0;
    },
    async list({ state, limit, before }) {
      const rows = await database.query<DeadLetterRow>(
        `select * from dead_letters
         where ($1::text is null or state = $1) and ($2::bigint is null or id < $2) order by id desc limit $3`,
        [state ?? null, before ?? null, limit],
      );
      return rows.map(toDeadLetter);
    },
    find: (id) => select(database, id),
    decide: (id, state, decidedAt, work) =>
      database.transaction(async (tx) => {
        const deadLetter = await select(tx, id, 'for update');
        await work(deadLetter);
        const rows = await tx.query<{ id: string }>(
          `update dead_letters set state = $2, decided_at = $3
           where id = $1 or ($2 = 'redriven' and state = 'open' and event_id = $4 and topic = $5) returning id`,
          [id, state, decidedAt.toISOString(), deadLetter?.eventId, deadLetter?.topic],
        );
        return rows.map((row) => row.id);
      }),
    async countOpen() {
      const rows = await database.query<{ count: number }>(
        `select count(*)::int as count from dead_letters where state = 'open'`,
      );
      return rows[0]?.count ?? 0;
    },
    prune: (olderThan, maxCount) =>
      database.execute(
        `delete from dead_letters where received_at < $1
           or id <= coalesce((select id from dead_letters order by id desc offset $2 limit 1), 0)`,
        [olderThan.toISOString(), maxCount],
      ),
  };
}

async function select(queries: Queries, id: string, lock = ''): Promise<StoredDeadLetter | undefined> {
  const rows = await queries.query<DeadLetterRow>(`select * from dead_letters where id = $1 ${lock}`, [id]);
  return rows.map(toDeadLetter)[0];
}

function toDeadLetter(row: DeadLetterRow): StoredDeadLetter {
  return {
    id: row.id,
    app: row.app,
    topic: row.topic,
    eventId: row.event_id,
    eventType: row.event_type,
    reason: row.reason,
    event: row.event,
    state: row.state,
    receivedAt: row.received_at,
    ...(row.order_id !== null && { orderId: row.order_id }),
    ...(row.attempts !== null && { attempts: row.attempts }),
    ...(row.traceparent !== null && { traceparent: row.traceparent }),
    ...(row.decided_at !== null && { decidedAt: row.decided_at }),
  };
}
