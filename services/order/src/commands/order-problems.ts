import { ProblemError } from '@outrigger/sdk';
import type { Money } from '@tidewater/contracts/money.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { conflict, notFound } from '@tidewater/kit/problems.ts';
import { isSettled, paidStatuses } from '../domain/order.ts';
import type { Order } from '../domain/order-state.ts';
import { InvariantError } from '../domain/order-values.ts';

/** An order of another shopper and a missing order are the same from outside. */
export const orderNotFound = (orderId: string): ProblemError => notFound(`There is no order ${orderId} of yours.`);

/** A 400 for content that breaks a rule, so that its event becomes a dead letter; any other error as it is. */
export function invalidOrder(error: unknown): unknown {
  if (!(error instanceof InvariantError)) return error;
  return new ProblemError({ type: 'order-invalid', status: 400, title: 'Bad request', detail: error.message });
}

export const wrongAmount = ({ orderId, total }: Order, movement: string, { amount, currency }: Money): ProblemError =>
  new ProblemError({
    type: 'wrong-amount',
    status: 422,
    title: 'Wrong amount',
    detail: `${amount} ${currency} were ${movement} for order ${orderId}, whose total is ${total.amount} ${total.currency}.`,
  });

export function tooLateToCancel(order: Order, status: OrderStatus): ProblemError {
  if (paidStatuses.has(status)) return conflict('too-late', 'It has left the house, so it can no longer be cancelled.');
  const detail = isSettled(order)
    ? 'It has ended already and nothing was charged.'
    : 'It has ended already. Whatever was charged comes back to you.';
  return conflict('too-late', detail);
}
