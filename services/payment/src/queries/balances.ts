import type { Money } from '@tidewater/contracts/money.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import type { PaymentState } from '../domain/payment-state-machine.ts';

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
