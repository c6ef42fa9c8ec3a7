import type { OrderDetails } from './orders.ts';
import { statusTexts } from './order-texts.ts';
import type { OrderView } from './storefront.ts';

/** Presenter: an order as its shopper reads it, from what the order service knows. */
export function orderView({ isSettled, steps, ...order }: OrderDetails): OrderView {
  const next = isSettled ? undefined : statusTexts[order.status].next;
  return {
    ...order,
    steps: steps.map(({ version, status, at, triggeredBy, ...change }, index) => {
      const previous = steps[index - 1]?.status;
      const text = statusTexts[status].happened(order, { ...change, ...(previous && { previous }) });
      return { version, status, at, triggeredBy, text };
    }),
    ...(next !== undefined && { next }),
  };
}
