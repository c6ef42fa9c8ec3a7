import type { OrderAsk, OrderChanged, OrderRequest } from '@tidewater/contracts/events.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import * as story from './story.ts';

/** What happened at one version of an order. */
export interface OrderChange {
  readonly version: number;
  readonly status: OrderStatus;
  readonly at: string;
  readonly story: string;
  readonly by: OrderChanged['by'];
  readonly asks: readonly OrderAsk[];
}

/** An order and all that happened to it. Status and version are those of the last change. */
export interface Order extends OrderRequest {
  readonly changes: readonly OrderChange[];
}

/** What may happen to an order. */
export type OrderInput =
  | { readonly kind: 'grace ended' }
  | { readonly kind: 'stock reserved' }
  | { readonly kind: 'stock refused'; readonly missing: readonly MissingStock[] }
  | { readonly kind: 'payment captured' }
  | { readonly kind: 'payment declined'; readonly reason: string }
  | { readonly kind: 'payment refunded' }
  | { readonly kind: 'payment voided' }
  | { readonly kind: 'packed' }
  | { readonly kind: 'shipped' }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'cancelled by shopper' };

export interface MissingStock {
  readonly productId: string;
  readonly wanted: number;
  readonly available: number;
}

type NextChange = Pick<OrderChange, 'status' | 'story' | 'by' | 'asks'>;

/** A new order, at version 1. */
export function submitOrder(request: OrderRequest, at: string): Order {
  const order: Order = { ...request, changes: [] };
  return withChange(order, { status: 'submitted', story: story.submitted(), by: 'cart', asks: [] }, at);
}

/**
 * What the order becomes. The same object comes back when the input changes nothing: it came late, came again, or does not
 * belong to this moment of the order's life.
 */
export function advanceOrder(order: Order, input: OrderInput, at: string): Order {
  return nextChanges(order, input).reduce((current, change) => withChange(current, change, at), order);
}

export function lastChange(order: Order): OrderChange {
  const last = order.changes.at(-1);
  if (last === undefined) throw new TypeError(`order ${order.orderId} has no changes`);
  return last;
}

export const statusOf = (order: Order): OrderStatus => lastChange(order).status;

/** Before the parcel is with the carrier. */
export function canCancel(status: OrderStatus): boolean {
  switch (status) {
    case 'submitted':
    case 'awaiting stock':
    case 'reserved':
    case 'awaiting payment':
    case 'paid':
    case 'packed':
      return true;
    case 'shipped':
    case 'delivered':
    case 'rejected':
    case 'payment failed':
    case 'cancelled':
    case 'refunded':
      return false;
  }
}

/** Nothing more will happen to it. A cancelled order is settled once payment has said what became of a charge it was asked for. */
export function isSettled(order: Order): boolean {
  switch (statusOf(order)) {
    case 'delivered':
    case 'rejected':
    case 'payment failed':
    case 'refunded':
      return true;
    case 'cancelled':
      return !lastChange(order).asks.includes('unwind-payment');
    case 'submitted':
    case 'awaiting stock':
    case 'reserved':
    case 'awaiting payment':
    case 'paid':
    case 'packed':
    case 'shipped':
      return false;
  }
}

function nextChanges(order: Order, input: OrderInput): readonly NextChange[] {
  const status = statusOf(order);
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
      if (status !== 'awaiting payment') return [];
      return [{ status: 'paid', story: story.paid(order), by: 'payment', asks: ['commit-stock'] }];
    case 'payment declined':
      if (status !== 'awaiting payment') return [];
      return [
        { status: 'payment failed', story: story.paymentFailed(input.reason), by: 'payment', asks: ['release-stock'] },
      ];
    case 'payment refunded':
      // Only a cancelled order has asked for it, and only once a charge had been asked for.
      if (status !== 'cancelled' || isSettled(order)) return [];
      return [{ status: 'refunded', story: story.refunded(order), by: 'payment', asks: [] }];
    case 'payment voided':
      if (status !== 'cancelled' || isSettled(order)) return [];
      return [{ status: 'cancelled', story: story.voided(), by: 'payment', asks: [] }];
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
  }
}

/** What has been asked for must be undone, whether or not the answer has come. */
function cancellation(order: Order, status: OrderStatus): readonly NextChange[] {
  const cancelled = (text: string, asks: readonly OrderAsk[]): readonly NextChange[] => [
    { status: 'cancelled', story: text, by: 'shopper', asks },
  ];
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
    case 'shipped':
    case 'delivered':
    case 'rejected':
    case 'payment failed':
    case 'cancelled':
    case 'refunded':
      return [];
  }
}

function withChange(order: Order, change: NextChange, at: string): Order {
  const version = order.changes.length + 1;
  return { ...order, changes: [...order.changes, { ...change, version, at }] };
}
