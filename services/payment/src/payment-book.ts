import type { OrderChanged } from '@tidewater/contracts/events.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import type { Payment, PaymentGoal, PaymentState } from './payment-process.ts';

/** A payment with the provider's token; the token stays between the database and the provider. */
export interface BookedPayment extends Payment {
  readonly token: string;
  /** How its owner knows the card, such as `Visa 4242`. */
  readonly card: string;
}

type PaymentRow = {
  readonly order_id: string;
  readonly state: PaymentState;
  readonly goal: PaymentGoal;
  readonly amount: number;
  readonly token: string;
  readonly card: string;
  readonly authorization_id: string | null;
  readonly reason: string | null;
};

const columns = 'order_id, state, goal, amount, token, card, authorization_id, reason';

/** Reads a payment; undefined when the order has never asked. */
export async function readPayment(database: Queries, orderId: string): Promise<BookedPayment | undefined> {
  const [row] = await database.query<PaymentRow>(`select ${columns} from payments where order_id = $1`, [orderId]);
  return row && paymentOf(row);
}

/**
 * Books what an order asks and takes its row for this transaction. An order that is unwound before it was charged gets
 * a row as well, closed from the start, so that a charge that comes late finds it. `unwind` is never taken back.
 */
export async function bookAsk(
  tx: Queries,
  goal: PaymentGoal,
  { orderId, total, payment }: Pick<OrderChanged, 'orderId' | 'total' | 'payment'>,
): Promise<BookedPayment> {
  const [row] = await tx.query<PaymentRow>(
    `insert into payments as p (order_id, state, goal, amount, token, card)
     values ($1, case $2 when 'unwind' then 'voided' else 'requested' end, $2, $3, $4, $5)
     on conflict (order_id) do update
       set goal = case when p.goal = 'unwind' then p.goal else excluded.goal end, changed_at = now()
     returning ${columns}`,
    [orderId, goal, total.amount, payment.token, `${payment.brand} ${payment.last4}`],
  );
  if (row === undefined) throw new Error(`payment of order ${orderId} could not be booked`);
  return paymentOf(row);
}

/**
 * Writes down what the provider said, if the payment is still where it was when the provider was asked. Undefined when
 * it is not: someone else has gone ahead, and nothing was written.
 */
export async function bookAnswer(
  tx: Queries,
  asked: Payment,
  { id, status, reason }: Authorization,
): Promise<BookedPayment | undefined> {
  const [row] = await tx.query<PaymentRow>(
    `update payments set state = $3, authorization_id = coalesce(nullif($4, ''), authorization_id), reason = $5, changed_at = now()
     where order_id = $1 and state = $2 returning ${columns}`,
    [asked.orderId, asked.state, status, id, reason ?? null],
  );
  return row && paymentOf(row);
}

function paymentOf(row: PaymentRow): BookedPayment {
  return {
    orderId: row.order_id,
    state: row.state,
    goal: row.goal,
    amount: row.amount,
    token: row.token,
    card: row.card,
    authorizationId: row.authorization_id ?? undefined,
    reason: row.reason ?? undefined,
  };
}
