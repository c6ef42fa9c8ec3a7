import type { OrderChanged, OrderRequest } from '@tidewater/contracts/events.ts';
import type { OrderSummary, OrderView } from '@tidewater/contracts/storefront.ts';
import { canCancel, isSettled, lastChange } from './order.ts';
import type { Order, OrderChange } from './order.ts';
import { nextSentence } from './story.ts';

/** What others are told about one change. */
export function changedEvent(order: OrderRequest, change: OrderChange): OrderChanged {
  const { orderId, shopperId, lines, total, delivery, payment, contact, address } = order;
  return { orderId, shopperId, ...change, lines, total, delivery, payment, contact, address };
}

/** What its owner sees. */
export function orderView(order: Order): OrderView {
  const { status, version } = lastChange(order);
  const { lines, delivery, contact, address, payment } = order;
  const next = nextSentence(status, !isSettled(order));
  return {
    ...orderSummary(order),
    version,
    lines,
    delivery,
    contact,
    address,
    payment: { brand: payment.brand, last4: payment.last4 },
    steps: order.changes.map(({ asks: _asks, ...step }) => step),
    canCancel: canCancel(status),
    ...(next !== undefined && { next }),
  };
}

function orderSummary(order: Order): OrderSummary {
  const last = lastChange(order);
  const { orderId, total, lines } = order;
  const placedAt = order.changes[0]?.at ?? last.at;
  return { orderId, status: last.status, placedAt, total, itemCount: itemCount(lines) };
}

export const itemCount = (lines: OrderRequest['lines']): number =>
  lines.reduce((sum, { quantity }) => sum + quantity, 0);
