import type { CardSummary } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { CardToken } from '@tidewater/contracts/storefront.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { badRequest, conflict, notFound } from '@tidewater/kit/problems.ts';
import type { CardBehaviour, StoredCard } from '../domain/card.ts';

type AuthorizationRow = {
  readonly id: string;
  readonly reference: string;
  readonly status: Authorization['status'];
  readonly amount: number;
  readonly captured: number;
  readonly refunded: number;
  readonly reason: string | null;
  readonly brand: string;
  readonly last4: string;
};

const columns = 'a.id, a.reference, a.status, a.amount, a.captured, a.refunded, a.reason, t.brand, t.last4';

export async function storeCard(
  queries: Queries,
  token: string,
  customer: string,
  card: StoredCard,
): Promise<CardToken> {
  const { brand, last4, behaviour } = card;
  await queries.execute('insert into tokens (token, customer, brand, last4, behaviour) values ($1, $2, $3, $4, $5)', [
    token,
    customer,
    brand,
    last4,
    behaviour,
  ]);
  return { token, brand, last4 };
}

export interface Attempt extends CardSummary {
  readonly behaviour: CardBehaviour;
  /** How often the card was charged, this time included. */
  readonly attempts: number;
}

/** Counts one more attempt to charge a card; undefined when the token is not known, or another customer's. */
export async function countAttempt(queries: Queries, token: string, customer: string): Promise<Attempt | undefined> {
  const [row] = await queries.query<{ behaviour: CardBehaviour; attempts: number; brand: string; last4: string }>(
    `update tokens set charge_attempts = charge_attempts + 1, customer = $2
     where token = $1 and (customer is null or customer = $2)
     returning behaviour, charge_attempts as attempts, brand, last4`,
    [token, customer],
  );
  return row;
}

export interface NewAuthorization {
  readonly id: string;
  readonly reference: string;
  readonly token: string;
  readonly amount: number;
  readonly card: CardSummary;
  /** Why the card is declined; absent when it is not. */
  readonly reason?: string;
}

export async function insertAuthorization(queries: Queries, entry: NewAuthorization): Promise<Authorization> {
  const { id, reference, token, amount, card, reason = null } = entry;
  const status = reason === null ? 'authorized' : 'declined';
  await queries.execute(
    'insert into authorizations (id, reference, token, status, amount, reason) values ($1, $2, $3, $4, $5, $6)',
    [id, reference, token, status, amount, reason],
  );
  const { brand, last4 } = card;
  return authorizationOf({ id, reference, status, amount, captured: 0, refunded: 0, reason, brand, last4 });
}

export type Change = 'capture' | 'void' | 'refund';

const changes = {
  capture: { from: 'authorized', to: 'captured', set: `status = 'captured', captured = amount` },
  void: { from: 'authorized', to: 'voided', set: `status = 'voided'` },
  refund: { from: 'captured', to: 'refunded', set: `status = 'refunded', refunded = captured` },
} as const;

/** A repeated change returns the authorization as it is; one that its status does not allow is a 409 problem. */
export async function changeAuthorization(queries: Queries, id: string, change: Change): Promise<Authorization> {
  const { from, to, set } = changes[change];
  const [row] = await queries.query<AuthorizationRow>(
    `select ${columns} from authorizations a join tokens t using (token) where a.id = $1 for update of a`,
    [id],
  );
  if (row === undefined) throw notFound('There is no such authorization.');
  if (row.status === to) return authorizationOf(row);
  if (row.status !== from)
    throw conflict('wrong-status', `The authorization is ${row.status}: ${change} is not possible.`);
  const [changed] = await queries.query<AuthorizationRow>(
    `update authorizations a set ${set} from tokens t where a.id = $1 and t.token = a.token returning ${columns}`,
    [id],
  );
  return authorizationOf(changed ?? row);
}

export interface LedgerQuery {
  /** Entries of this reference only. */
  readonly reference?: string;
  readonly limit: number;
  /** The id of the last entry of the page before. */
  readonly after?: string;
}

/** One page of the entries, oldest first. */
export async function readLedger(queries: Queries, query: LedgerQuery): Promise<readonly Authorization[]> {
  const { reference = null, limit, after } = query;
  const [last] =
    after === undefined
      ? []
      : await queries.query<{ id: string }>('select id from authorizations where id = $1', [after]);
  if (after !== undefined && last === undefined)
    throw badRequest('There is no such authorization.', [{ field: 'after', message: 'must be the id of an entry' }]);
  const rows = await queries.query<AuthorizationRow>(
    `select ${columns} from authorizations a join tokens t using (token)
     where ($1::text is null or a.reference = $1)
       and ($2::text is null or (a.created_at, a.id) > (select created_at, id from authorizations where id = $2))
     order by a.created_at, a.id limit $3`,
    [reference, after ?? null, limit],
  );
  return rows.map(authorizationOf);
}

function authorizationOf(row: AuthorizationRow): Authorization {
  const { id, reference, status, amount, captured, refunded, reason, brand, last4 } = row;
  return {
    id,
    reference,
    status,
    amount: eur(amount),
    captured: eur(captured),
    refunded: eur(refunded),
    ...(reason === null ? {} : { reason }),
    card: { brand, last4 },
  };
}
