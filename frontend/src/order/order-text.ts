import { isTerminal } from '@tidewater/contracts/order-status.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { titleOf } from './order-status-labels.ts';

/** Accepted, and not yet taken up by the order service: version 0 has no steps. */
export const isPending = (order: OrderView): boolean => order.version === 0;

/** Nothing more will happen to it. */
export const isSettled = (order: OrderView): boolean => isTerminal(order.status) && order.next === undefined;

/** It ended, and the shopper has nothing of it: the things can be ordered again. */
export const isUnfulfilled = ({ status }: OrderView): boolean => isTerminal(status) && status !== 'delivered';

export const orderTitle = (order: OrderView): string => (isPending(order) ? 'On its way to us' : titleOf(order.status));

/** Longer than an order usually needs from the checkout to the order service. */
const slowAfterMs = 20_000;

export const pendingText = (waitedMs: number): string =>
  waitedMs < slowAfterMs
    ? 'We have accepted your order and are entering it. It takes a moment.'
    : 'This takes longer than usual. Your order is safe and nothing has been charged; we keep at it, and this page will tell you.';

/** The sentence below the status: what comes next, or how it ended. */
export const leadText = (order: OrderView, waitedMs: number): string => {
  if (isPending(order)) return pendingText(waitedMs);
  if (order.next !== undefined) return order.next;
  if (order.status === 'delivered') return 'It is with you. Go out and use it.';
  // Said once: the last step knows what became of the money.
  return order.steps.at(-1)?.story ?? 'We are working on it.';
};

/** `Visa ending in 4242`, or what can be said before the provider has named the card. */
export const cardText = ({ brand, last4 }: OrderView['payment']): string => {
  if (brand !== undefined && last4 !== undefined) return `${brand} ending in ${last4}`;
  if (last4 !== undefined) return `Your card ending in ${last4}`;
  return brand ?? 'Your card';
};
