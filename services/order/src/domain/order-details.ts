import type { OrderRequest } from '@tidewater/contracts/events.ts';
import type { OrderDetails } from '@tidewater/contracts/orders.ts';
import { canCancel, isSettled, lastChange } from './order.ts';
import type { Order } from './order-state.ts';

/** What the storefront gets of an order; never the card token. */
export function orderDetails(order: Order): OrderDetails {
  const last = lastChange(order);
  const { orderId, total, lines, delivery, contact, address, payment } = order;
  const { brand, last4 } = payment;
  return {
    orderId,
    status: last.status,
    placedAt: order.changes[0]?.at ?? last.at,
    total,
    itemCount: itemCount(lines),
    version: last.version,
    lines,
    delivery,
    contact,
    address,
    payment: { ...(brand !== undefined && { brand }), ...(last4 !== undefined && { last4 }) },
    steps: order.changes.map(({ commands: _commands, ...step }) => step),
    canCancel: canCancel(last.status),
    isSettled: isSettled(order),
  };
}

export const itemCount = (lines: OrderRequest['lines']): number =>
  lines.reduce((sum, { quantity }) => sum + quantity, 0);
