import { ProblemError } from '@outrigger/sdk';
import type { Database, Queries, Transaction } from '@tidewater/kit/database.ts';
import type { KeyKind } from '../domain/keys.ts';

/** One idempotency key means different requests to different customers, and to different kinds of callers. */
export interface KeyedRequest {
  readonly kind: KeyKind;
  /** Empty for requests that name no customer. */
  readonly customer: string;
  /** The `idempotency-key` header. */
  readonly key: string;
  /** Equal for two identical requests; must contain no secret. */
  readonly request: string;
}

/**
 * Pattern: idempotency key. Returns the first response again for a key that was used before; otherwise runs `work` and stores
 * its response in the same transaction. Requests with one key run one after the other. Errors are not stored.
 */
export async function respondIdempotently<T>(
  database: Database,
  keyed: KeyedRequest,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { kind, customer, key, request } = keyed;
  return database.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [JSON.stringify([kind, customer, key])]);
    const stored = await storedResponse<T>(tx, keyed);
    if (stored) return stored.body;
    const body = await work(tx);
    await tx.execute(
      'insert into idempotent_responses (kind, customer, key, request, body) values ($1, $2, $3, $4, $5)',
      [kind, customer, key, request, JSON.stringify(body)],
    );
    return body;
  });
}

/** The response stored for a key; a 422 problem when the key was used for another request. */
export async function storedResponse<T>(queries: Queries, keyed: KeyedRequest): Promise<{ body: T } | undefined> {
  const { kind, customer, key, request } = keyed;
  // Rows of older versions name no customer.
  const [stored] = await queries.query<{ request: string; body: T }>(
    `select request, body from idempotent_responses
     where kind = $1 and customer in ($2, '') and key = $3 order by customer desc limit 1`,
    [kind, customer, key],
  );
  if (stored === undefined || stored.request === request) return stored;
  throw new ProblemError({
    type: 'idempotency-key-reused',
    status: 422,
    title: 'Key used before',
    detail: 'This idempotency key belongs to another request. Use a new one.',
  });
}
