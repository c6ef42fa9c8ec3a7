import type { PaymentMethod } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { conflict, notFound } from '@tidewater/kit/problems.ts';
import type { CardBehaviour, KnownCard } from './card.ts';

type AuthorizationRow = {
  readonly id: string;
  readonly reference: string;
  readonly status: Authorization['status'];
  readonly amount: number;
  readonly captured: number;
  readonly refunded: number;
  readonly reason: string | null;
};

const columns = 'id, reference, status, amount, captured, refunded, reason';

export async function keepCard(books: Queries, token: string, card: KnownCard): Promise<PaymentMethod> {
  const { brand, last4, behaviour } = card;
  await books.execute('insert into tokens (token, brand, last4, behaviour) values ($1, $2, $3, $4)', [
    token,
    brand,
    last4,
    behaviour,
  ]);
  return { token, brand, last4 };
}

/** Counts one more attempt to charge a card; undefined when the token is not known. */
export async function countAttempt(
  books: Queries,
  token: string,
): Promise<{ readonly behaviour: CardBehaviour; readonly attempts: number } | undefined> {
  const [row] = await books.query<{ behaviour: CardBehaviour; attempts: number }>(
    'update tokens set charge_attempts = charge_attempts + 1 where token = $1 returning behaviour, charge_attempts as attempts',
    [token],
  );
  return row;
}

export interface NewAuthorization {
  readonly id: string;
  readonly reference: string;
  readonly token: string;
  readonly amount: number;
  /** Why the card is refused; absent when it is not. */
  readonly reason?: string;
}

export async function enterAuthorization(books: Queries, entry: NewAuthorization): Promise<Authorization> {
  const { id, reference, token, amount, reason } = entry;
  const status = reason === undefined ? 'authorized' : 'declined';
  await books.execute(
    'insert into authorizations (id, reference, token, status, amount, reason) values ($1, $2, $3, $4, $5, $6)',
    [id, reference, token, status, amount, reason ?? null],
  );
  return authorizationOf({ id, reference, status, amount, captured: 0, refunded: 0, reason: reason ?? null });
}

export type Change = 'capture' | 'void' | 'refund';

const changes = {
  capture: { from: 'authorized', to: 'captured', set: `status = 'captured', captured = amount` },
  void: { from: 'authorized', to: 'voided', set: `status = 'voided'` },
  refund: { from: 'captured', to: 'refunded', set: `status = 'refunded', refunded = captured` },
} as const;

/** A change that was made before is answered as it stands; one that the books do not allow is a 409 problem. */
export async function changeAuthorization(books: Queries, id: string, change: Change): Promise<Authorization> {
  const { from, to, set } = changes[change];
  const [row] = await books.query<AuthorizationRow>(`select ${columns} from authorizations where id = $1 for update`, [
    id,
  ]);
  if (row === undefined) throw notFound('There is no such authorization.');
  if (row.status === to) return authorizationOf(row);
  if (row.status !== from)
    throw conflict('wrong-status', `The authorization is ${row.status}: ${change} is not possible.`);
  const [changed] = await books.query<AuthorizationRow>(
    `update authorizations set ${set} where id = $1 returning ${columns}`,
    [id],
  );
  return authorizationOf(changed ?? row);
}

/** All entries, or those of one reference; oldest first. */
export async function readBooks(books: Queries, reference?: string): Promise<readonly Authorization[]> {
  const rows = await books.query<AuthorizationRow>(
    `select ${columns} from authorizations where $1::text is null or reference = $1 order by created_at, id`,
    [reference ?? null],
  );
  return rows.map(authorizationOf);
}

const authorizationOf = ({ reason, amount, captured, refunded, ...row }: AuthorizationRow): Authorization => ({
  id: row.id,
  reference: row.reference,
  status: row.status,
  amount: eur(amount),
  captured: eur(captured),
  refunded: eur(refunded),
  ...(reason === null ? {} : { reason }),
});
