import { DropEventError } from '@outrigger/sdk';
import type { Messages } from '@tidewater/contracts/events.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import { commandSchemas } from '@tidewater/contracts/schemas.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { parse } from '@tidewater/kit/schema.ts';
import type { Payment, PaymentGoal } from '../domain/payment-state-machine.ts';
import { paymentColumns, paymentOf } from '../queries/stored-payment.ts';
import type { PaymentRow, StoredPayment } from '../queries/stored-payment.ts';

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
     returning ${paymentColumns}`,
    [orderId, goal, total.amount, total.currency, token, shopperId],
  );
  if (row === undefined) throw new Error(`payment of order ${orderId} could not be stored`);
  const isSame =
    row.amount === total.amount && row.currency === total.currency && row.token === token && row.customer === shopperId;
  if (goal === 'charge' && !isSame)
    throw new DropEventError(
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
     where order_id = $1 and state = $2 returning ${paymentColumns}`,
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
