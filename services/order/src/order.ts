import type { CardSummary, OrderCommand, OrderChanged, OrderRequest } from '@tidewater/contracts/events.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';

/** What happened at one version of an order. */
export interface OrderChange {
  readonly version: number;
  readonly status: OrderStatus;
  readonly at: string;
  readonly story: string;
  readonly by: OrderChanged['by'];
  readonly asks: readonly OrderCommand[];
}

/** What an order consists of from its first version on. */
export interface OrderContent extends Omit<OrderRequest, 'checkoutId' | 'payment'> {
  /** Absent in orders of earlier versions, and in views. */
  readonly checkoutId?: string;
  /** Brand and last four digits are there once the provider has told them. */
  readonly payment: OrderChanged['payment'];
}

/** An order and all that happened to it. Status and version are those of the last change. */
export interface Order extends OrderContent {
  readonly changes: readonly OrderChange[];
}

/** What may happen to an order. */
export type OrderInput =
  | { readonly kind: 'grace ended' }
  | { readonly kind: 'stock reserved' }
  | { readonly kind: 'stock refused'; readonly missing: readonly MissingStock[] }
  | { readonly kind: 'payment captured'; readonly amount: Money; readonly card?: CardSummary }
  | { readonly kind: 'payment declined'; readonly reason: string; readonly card?: CardSummary }
  | { readonly kind: 'payment refunded'; readonly amount: Money }
  | { readonly kind: 'payment voided' }
  | { readonly kind: 'packed' }
  | { readonly kind: 'shipped' }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'cancelled by shopper' }
  /** A service can never process what it was asked for, or did not respond for too long. */
  | { readonly kind: 'processing failed'; readonly reason: string; readonly service: string };

export interface MissingStock {
  readonly productId: string;
  readonly wanted: number;
  readonly available: number;
}

export type NextChange = Pick<OrderChange, 'status' | 'story' | 'by' | 'asks'>;

export function lastChange(order: Order): OrderChange {
  const last = order.changes.at(-1);
  if (last === undefined) throw new TypeError(`order ${order.orderId} has no changes`);
  return last;
}

export const statusOf = (order: Order): OrderStatus => lastChange(order).status;

/** Payment was asked for exactly this: nothing else is believed. */
export const isOrderTotal = ({ total }: Pick<Order, 'total'>, { amount, currency }: Money): boolean =>
  total.amount === amount && total.currency === currency;

/** An order is born right or not at all: each product once, and the total is that of the lines and the delivery. */
export function isConsistent({ lines, delivery, total }: Pick<Order, 'lines' | 'delivery' | 'total'>): boolean {
  const sum = lines.reduce((cents, { unitPrice, quantity }) => cents + unitPrice.amount * quantity, delivery.amount);
  return sum === total.amount && new Set(lines.map(({ productId }) => productId)).size === lines.length;
}

/** Before the parcel is with the carrier. */
const cancellable = ['submitted', 'awaiting stock', 'reserved', 'awaiting payment', 'paid', 'packed'] as const;

export const canCancel = (status: OrderStatus): status is (typeof cancellable)[number] =>
  cancellable.some((each) => each === status);

/** Nothing more will happen to it. */
export const isSettled = (order: Order): boolean => settles(lastChange(order));

/** Whether a change is the last one. What undoes a charge is settled once payment has said what became of the charge. */
export function settles({ status, asks }: Pick<OrderChange, 'status' | 'asks'>): boolean {
  switch (status) {
    case 'delivered':
    case 'rejected':
    case 'refunded':
      return true;
    case 'payment failed':
    case 'cancelled':
      return !asks.includes('unwind-payment');
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
