import { ProblemError } from '@outrigger/sdk';
import type { Database, Queries, Transaction } from '@tidewater/kit/database.ts';

export interface KeyedRequest {
  /** The `idempotency-key` header. */
  readonly key: string;
  /** Whatever makes two requests the same one; it must hold no secret. */
  readonly request: string;
}

/**
 * Gives the first answer again for a key that was answered before; otherwise works, and keeps the answer in the same
 * transaction as the work's effects. Requests with one key wait for each other. What throws is not kept.
 */
export async function answerOnce<T>(
  database: Database,
  keyed: KeyedRequest,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [keyed.key]);
    const known = await knownAnswer<T>(tx, keyed);
    if (known) return known.body;
    const body = await work(tx);
    await tx.execute('insert into answers (key, request, body) values ($1, $2, $3)', [
      keyed.key,
      keyed.request,
      JSON.stringify(body),
    ]);
    return body;
  });
}

/** The answer kept for a key; a 422 problem when the key was used for another request. */
export async function knownAnswer<T>(books: Queries, { key, request }: KeyedRequest): Promise<{ body: T } | undefined> {
  const [known] = await books.query<{ request: string; body: T }>('select request, body from answers where key = $1', [
    key,
  ]);
  if (known === undefined || known.request === request) return known;
  throw new ProblemError({
    type: 'idempotency-key-reused',
    status: 422,
    title: 'Key used before',
    detail: 'This idempotency key belongs to another request. Use a new one.',
  });
}
