import type { OrderCommand, OrderChanged } from '@tidewater/contracts/events.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { canCancel, isOrderTotal, isSettled, statusOf } from './order.ts';
import type { NextChange, Order, OrderContent, OrderInput } from './order.ts';
import * as story from './story.ts';

/** A new order, at version 1. */
export function submitOrder(content: OrderContent, at: string): Order {
  const order: Order = { ...content, changes: [] };
  return withChange(order, { status: 'submitted', story: story.submitted(), by: 'cart', asks: [] }, at);
}

/**
 * What the order becomes. The same object comes back when the input changes nothing: it came late, came again, or does not
 * belong to this moment of the order's life.
 */
export function advanceOrder(order: Order, input: OrderInput, at: string): Order {
  const named = withCard(order, input);
  const changes = nextChanges(named, statusOf(order), input);
  return changes.length === 0 ? order : changes.reduce((current, change) => withChange(current, change, at), named);
}

/** From the provider, by way of payment. */
function withCard(order: Order, input: OrderInput): Order {
  if (!('card' in input) || input.card === undefined) return order;
  const { brand, last4 } = input.card;
  return { ...order, payment: { token: order.payment.token, brand, last4 } };
}

function withChange(order: Order, change: NextChange, at: string): Order {
  const version = order.changes.length + 1;
  return { ...order, changes: [...order.changes, { ...change, version, at }] };
}

/** The changes that follow from an input; none when it does not belong to this moment. The whole state machine. */
function nextChanges(order: Order, status: OrderStatus, input: OrderInput): readonly NextChange[] {
  switch (input.kind) {
    case 'grace ended':
      if (status !== 'submitted') return [];
      return [{ status: 'awaiting stock', story: story.awaitingStock(), by: 'order', asks: ['reserve-stock'] }];
    case 'stock reserved':
      if (status !== 'awaiting stock') return [];
      return [
        { status: 'reserved', story: story.reserved(), by: 'catalog', asks: [] },
        { status: 'awaiting payment', story: story.awaitingPayment(order), by: 'order', asks: ['charge'] },
      ];
    case 'stock refused':
      if (status !== 'awaiting stock') return [];
      return [{ status: 'rejected', story: story.rejected(order, input.missing), by: 'catalog', asks: [] }];
    case 'payment captured':
      if (status !== 'awaiting payment' || !isOrderTotal(order, input.amount)) return [];
      return [{ status: 'paid', story: story.paid(order), by: 'payment', asks: ['commit-stock'] }];
    case 'payment declined':
      if (status !== 'awaiting payment') return [];
      return [
        { status: 'payment failed', story: story.paymentFailed(input.reason), by: 'payment', asks: ['release-stock'] },
      ];
    case 'payment refunded':
      if (!isUndoingCharge(order, status) || !isOrderTotal(order, input.amount)) return [];
      return [{ status: 'refunded', story: story.refunded(order), by: 'payment', asks: [] }];
    case 'payment voided':
      if (!isUndoingCharge(order, status)) return [];
      return [{ status, story: story.voided(), by: 'payment', asks: [] }];
    case 'packed':
      if (status !== 'paid') return [];
      return [{ status: 'packed', story: story.packed(), by: 'order', asks: [] }];
    case 'shipped':
      if (status !== 'packed') return [];
      return [{ status: 'shipped', story: story.shipped(order), by: 'order', asks: [] }];
    case 'delivered':
      if (status !== 'shipped') return [];
      return [{ status: 'delivered', story: story.delivered(order), by: 'order', asks: [] }];
    case 'cancelled by shopper':
      return cancellation(order, status);
    case 'processing failed':
      return compensation(order, status, serviceOf(input.service));
  }
}

/** Payment was asked to undo a charge and has not said yet what became of it. */
export const isUndoingCharge = (order: Order, status: OrderStatus): boolean =>
  (status === 'cancelled' || status === 'payment failed') && !isSettled(order);

/** What has been asked for must be undone, whether or not a response has come. */
function cancellation(order: Order, status: OrderStatus): readonly NextChange[] {
  const cancelled = (text: string, asks: readonly OrderCommand[]): readonly NextChange[] => [
    { status: 'cancelled', story: text, by: 'shopper', asks },
  ];
  if (!canCancel(status)) return [];
  switch (status) {
    case 'submitted':
      return cancelled(story.cancelledUncharged(), []);
    case 'awaiting stock':
    case 'reserved':
      return cancelled(story.cancelledUncharged(), ['release-stock']);
    case 'awaiting payment':
      return cancelled(story.cancelledWhileCharging(), ['unwind-payment', 'release-stock']);
    case 'paid':
    case 'packed':
      return cancelled(story.cancelledPaid(order), ['unwind-payment', 'restock']);
  }
}

/** The same for an order that cannot go on. What is with the carrier stays there. */
function compensation(order: Order, status: OrderStatus, by: OrderChanged['by']): readonly NextChange[] {
  if (!canCancel(status)) return [];
  switch (status) {
    case 'submitted':
      return [{ status: 'rejected', story: story.notProcessed(), by, asks: [] }];
    case 'awaiting stock':
    case 'reserved':
      return [{ status: 'rejected', story: story.notProcessed(), by, asks: ['release-stock'] }];
    case 'awaiting payment':
      return [{ status: 'payment failed', story: story.notCharged(), by, asks: ['unwind-payment', 'release-stock'] }];
    case 'paid':
    case 'packed':
      return [{ status: 'cancelled', story: story.notCompleted(order), by, asks: ['unwind-payment', 'restock'] }];
  }
}

function serviceOf(name: string): OrderChanged['by'] {
  switch (name) {
    case 'catalog':
    case 'payment':
    case 'cart':
      return name;
    default:
      return 'order';
  }
}
