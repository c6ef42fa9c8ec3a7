import type { OrderView } from '@tidewater/contracts/storefront.ts';
import type { StoredCheckout } from '../clients/shop-services.ts';

/** An accepted order that the order service does not have yet, from the checkout that the cart stored. */
export function pendingOrder({ orderId, request }: StoredCheckout): OrderView | undefined {
  if (request === undefined) return undefined;
  const { lines, total, delivery, contact, address, placedAt } = request;
  return {
    orderId,
    status: 'submitted',
    placedAt,
    total,
    itemCount: lines.reduce((sum, { quantity }) => sum + quantity, 0),
    version: 0,
    lines,
    delivery,
    contact,
    address,
    payment: {},
    steps: [],
    canCancel: false,
    next: 'We have your order, and are writing it into the order book.',
  };
}
