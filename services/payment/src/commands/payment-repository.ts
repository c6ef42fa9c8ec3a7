import type { CardSummary, Messages } from '@tidewater/contracts/events.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import { cardSummary, commandSchemas } from '@tidewater/contracts/schemas.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { isValid, parse } from '@tidewater/kit/schema.ts';
import { DropEvent } from '@outrigger/sdk';
import type { Payment, PaymentGoal, PaymentState } from '../domain/payment-state-machine.ts';

/** A payment with the provider's token; the token is used between the database and the provider only. */
export interface StoredPayment extends Payment {
  readonly token: string;
  /** To whom the token belongs. */
  readonly customer: string;
}

type PaymentRow = {
  readonly order_id: string;
  readonly state: PaymentState;
  readonly goal: PaymentGoal;
  readonly amount: number;
  readonly currency: Money['currency'];
  readonly token: string;
  readonly customer: string | null;
  /** Such as `Visa 4242`. */
  readonly card: string | null;
  readonly authorization_id: string | null;
  readonly reason: string | null;
};

const columns = 'order_id, state, goal, amount, currency, token, customer, card, authorization_id, reason';

/** Reads a payment; undefined when the order has never sent a command. */
export async function readPayment(database: Queries, orderId: string): Promise<StoredPayment | undefined> {
  const [row] = await database.query<PaymentRow>(`select ${columns} from payments where order_id = $1`, [orderId]);
  return row && paymentOf(row);
}

/**
 * Stores an order's command and locks its row for this transaction. An order that is unwound before it was charged gets a
 * row as well, closed from the start, so that a late charge finds it. `unwind` is never reverted. A charge over another
 * amount, or of another card, than the order's first is a permanent error.
 */
export async function recordRequest(
  tx: Queries,
  goal: PaymentGoal,
  command: Messages['charge'],
): Promise<StoredPayment> {
  const { orderId, shopperId, total, token } = parse(commandSchemas.charge, command, `The ${goal} of an order`);
  const [row] = await tx.query<PaymentRow>(
    `insert into payments as p (order_id, state, goal, amount, currency, token, customer)
     values ($1, case $2 when 'unwind' then 'voided' else 'requested' end, $2, $3, $4, $5, $6)
     on conflict (order_id) do update
       set goal = case when p.goal = 'unwind' then p.goal else excluded.goal end,
           customer = coalesce(p.customer, excluded.customer), changed_at = now()
     returning ${columns}`,
    [orderId, goal, total.amount, total.currency, token, shopperId],
  );
  if (row === undefined) throw new Error(`payment of order ${orderId} could not be stored`);
  const isSame =
    row.amount === total.amount && row.currency === total.currency && row.token === token && row.customer === shopperId;
  if (goal === 'charge' && !isSame)
    throw new DropEvent(
      `order ${orderId} was to be charged ${row.amount} ${row.currency} and is now to be charged ` +
        `${total.amount} ${total.currency}, or another card or customer: rejected`,
    );
  return paymentOf(row);
}

/**
 * Stores the provider's response, if the payment is still in the state it was in when the request was sent (optimistic
 * concurrency). Undefined when it is not: nothing was written.
 */
export async function recordAuthorization(
  tx: Queries,
  requested: Payment,
  { id: authorizationId, status, reason, card }: Authorization,
): Promise<StoredPayment | undefined> {
  const [row] = await tx.query<PaymentRow>(
    `update payments set state = $3, authorization_id = coalesce(nullif($4, ''), authorization_id), reason = $5,
       card = coalesce($6, card), changed_at = now()
     where order_id = $1 and state = $2 returning ${columns}`,
    [
      requested.orderId,
      requested.state,
      status,
      authorizationId,
      reason ?? null,
      card ? `${card.brand} ${card.last4}` : null,
    ],
  );
  return row && paymentOf(row);
}

/** What was captured and refunded for an order, in minor units. */
export interface Balance {
  readonly orderId: string;
  readonly captured: number;
  readonly refunded: number;
  readonly currency: Money['currency'];
}

/** One for each of `orderIds`, in their order; zero without a payment. */
export async function readBalances(database: Queries, orderIds: readonly string[]): Promise<readonly Balance[]> {
  const rows = await database.query<{
    order_id: string;
    state: PaymentState;
    amount: number;
    currency: Money['currency'];
  }>('select order_id, state, amount, currency from payments where order_id = any($1)', [orderIds]);
  const byOrder = new Map(rows.map((row) => [row.order_id, row]));
  return orderIds.map((orderId) => {
    const { state, amount = 0, currency = 'EUR' } = byOrder.get(orderId) ?? {};
    const captured = state === 'captured' || state === 'refunded' ? amount : 0;
    return { orderId, captured, refunded: state === 'refunded' ? amount : 0, currency };
  });
}

function paymentOf(row: PaymentRow): StoredPayment {
  return {
    orderId: row.order_id,
    state: row.state,
    goal: row.goal,
    amount: { amount: row.amount, currency: row.currency },
    token: row.token,
    customer: row.customer ?? '',
    card: cardIn(row.card),
    authorizationId: row.authorization_id ?? undefined,
    reason: row.reason ?? undefined,
  };
}

/** Undefined for what is not a brand and four digits. */
function cardIn(stored: string | null): CardSummary | undefined {
  const [, brand = '', last4 = ''] = /^(.+) (\d{4})$/.exec(stored ?? '') ?? [];
  const card = { brand, last4 };
  return isValid(cardSummary, card) ? card : undefined;
}
