import type { OrderChanged, OrderRequest } from '@tidewater/contracts/events.ts';
import { eventSchemas } from '@tidewater/contracts/schemas.ts';
import type { OrderSummary, OrderView } from '@tidewater/contracts/storefront.ts';
import { isValid, parse } from '@tidewater/kit/schema.ts';
import { canCancel, isSettled, lastChange } from './order.ts';
import type { Order, OrderChange, OrderContent } from './order.ts';
import { nextSentence } from './story.ts';
import { validParts } from './valid-parts.ts';

const schema = eventSchemas['order.changed'];

/** What others are told about one change. Always satisfies its schema: an order that is stored must be able to end. */
export function changedEvent(order: OrderContent, change: OrderChange): OrderChanged {
  const { orderId, shopperId, lines, total, delivery, payment, contact, address } = order;
  const event = { orderId, shopperId, ...change, lines, total, delivery, payment, contact, address };
  const valid = isValid(schema, event) ? event : { ...event, ...validParts(event) };
  return parse(schema, valid, `Version ${change.version} of order ${orderId}`) as OrderChanged;
}

/** What its owner sees. */
export function orderView(order: Order): OrderView {
  const { status, version } = lastChange(order);
  const { lines, delivery, contact, address, payment } = order;
  const { brand, last4 } = payment;
  const next = nextSentence(status, !isSettled(order));
  return {
    ...orderSummary(order),
    version,
    lines,
    delivery,
    contact,
    address,
    payment: { ...(brand !== undefined && { brand }), ...(last4 !== undefined && { last4 }) },
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
