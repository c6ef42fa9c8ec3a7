import type { OrderRequest } from '@tidewater/contracts/events.ts';
import { isPending } from './cart-state.ts';
import type { Checkout } from './cart-state.ts';

/** The outcome of a checkout. */
export interface CheckoutView {
  readonly orderId: string;
  readonly state: Checkout['state'];
  /** While the order is on its way: what its shopper may see of it. */
  readonly request?: Pick<OrderRequest, 'lines' | 'total' | 'delivery' | 'contact' | 'address'> & {
    /** ISO 8601. */
    readonly placedAt: string;
  };
}

export function checkoutView(checkout: Checkout): CheckoutView {
  const { orderId, state } = checkout;
  if (!isPending(checkout)) return { orderId, state };
  const { lines, total, delivery, contact, address } = checkout.request;
  const placedAt = new Date(checkout.at).toISOString();
  return { orderId, state, request: { lines, total, delivery, placedAt, contact, address } };
}
