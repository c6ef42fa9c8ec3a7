import { isTerminal } from '@tidewater/contracts/order-status.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { titleOf } from './order-status-labels.ts';

/** Accepted by the storefront, not yet created by the order service: version 0 has no steps. */
export const isPending = (order: OrderView): boolean => order.version === 0;

/** No further change is expected. */
export const isSettled = (order: OrderView): boolean => isTerminal(order.status) && order.next === undefined;

/** The order ended without a delivery, so that its products can be ordered again. */
export const isUnfulfilled = ({ status }: OrderView): boolean => isTerminal(status) && status !== 'delivered';

export const orderTitle = (order: OrderView): string => (isPending(order) ? 'On its way to us' : titleOf(order.status));

/** Longer than the usual time between checkout and creation of the order. */
const slowAfterMs = 20_000;

export const pendingText = (waitedMs: number): string =>
  waitedMs < slowAfterMs
    ? 'We have accepted your order and are entering it. It takes a moment.'
    : 'This takes longer than usual. Your order is safe and nothing has been charged; we keep at it, and this page will tell you.';

/** The sentence below the status: the next step, or how the order ended. */
export const leadText = (order: OrderView, waitedMs: number): string => {
  if (isPending(order)) return pendingText(waitedMs);
  if (order.next !== undefined) return order.next;
  if (order.status === 'delivered') return 'It is with you. Go out and use it.';
  // The text of the last step describes the refund; it is not repeated here.
  return order.steps.at(-1)?.text ?? 'We are working on it.';
};

/** `Visa ending in 4242`, or a general text while brand and digits are unknown. */
export const cardText = ({ brand, last4 }: OrderView['payment']): string => {
  if (brand !== undefined && last4 !== undefined) return `${brand} ending in ${last4}`;
  if (last4 !== undefined) return `Your card ending in ${last4}`;
  return brand ?? 'Your card';
};
