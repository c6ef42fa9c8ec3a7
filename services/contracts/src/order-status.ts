import { statusTexts } from './order-texts.ts';
import type { OrderStatus } from './order-texts.ts';

export type { OrderStatus } from './order-texts.ts';

export const orderStatuses = Object.keys(statusTexts) as readonly OrderStatus[];

/** The statuses of an order that meets no obstacle, in order. */
export const happyPath: readonly OrderStatus[] = orderStatuses.filter((status) => statusTexts[status].upcoming);

/** Each order reaches exactly one of these, except that `refunded` may follow `cancelled` or `payment-failed`. */
export const terminalStatuses: readonly OrderStatus[] = orderStatuses.filter(
  (status) => statusTexts[status].tone !== 'in-progress',
);

export const isTerminal = (status: OrderStatus): boolean => terminalStatuses.includes(status);
