import { isTerminal } from '@tidewater/contracts/order-status.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { titleOf } from './order-status-labels.ts';
import { order as orderMessages } from '../messages/en/order.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(orderMessages);

/** Accepted by the storefront, not yet created by the order service: version 0 has no steps. */
export const isPending = (order: OrderView): boolean => order.version === 0;

/** No further change is expected. */
export const isSettled = (order: OrderView): boolean => isTerminal(order.status) && order.next === undefined;

/** The order ended without a delivery, so that its products can be ordered again. */
export const isUnfulfilled = ({ status }: OrderView): boolean => isTerminal(status) && status !== 'delivered';

export const orderTitle = (order: OrderView): string =>
  isPending(order) ? text('timeline.on-its-way-to') : titleOf(order.status);

/** Longer than the usual time between checkout and creation of the order. */
const slowAfterMs = 20_000;

export const pendingText = (waitedMs: number): string =>
  waitedMs < slowAfterMs ? text('order-text.we-have-accepted-your') : text('order-text.this-takes-longer-than');

/** The sentence below the status: the next step, or how the order ended. */
export const leadText = (order: OrderView, waitedMs: number): string => {
  if (isPending(order)) return pendingText(waitedMs);
  if (order.next !== undefined) return order.next;
  if (order.status === 'delivered') return text('order-text.it-is-with-you');
  // The text of the last step describes the refund; it is not repeated here.
  return order.steps.at(-1)?.text ?? text('order-text.we-are-working-on');
};

/** `Visa ending in 4242`, or a general text while brand and digits are unknown. */
export const cardText = ({ brand, last4 }: OrderView['payment']): string => {
  if (brand !== undefined && last4 !== undefined) return text('order-text.brand-ending-in-last4', { brand, last4 });
  if (last4 !== undefined) return text('order-text.your-card-ending-in', { last4 });
  return brand ?? text('order-text.your-card');
};
