import type { CardSummary, OrderCommand, OrderRecord } from '@tidewater/contracts/events.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import { isTerminal } from '@tidewater/contracts/order-status.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { Order, OrderChange } from './order-state.ts';

/**
 * Pattern: saga with process manager. The whole process of an order: in which status which input leads to which status, and
 * the commands that go out with it. An input that a status does not list changes nothing. Everything else is derived:
 * `canCancel`, reminders, the watchdog, the diagram in the README and the tests.
 */
export const transitions: Readonly<Record<OrderStatus, Partial<Readonly<Record<InputKind, Transition>>>>> = {
  submitted: {
    'grace-ended': to('awaiting-stock', 'reserve-stock'),
    cancel: to('cancelled'),
    'processing-failed': to('rejected'),
  },
  'awaiting-stock': {
    'stock-reserved': to('awaiting-payment', 'charge'),
    'stock-rejected': to('rejected'),
    cancel: to('cancelled', 'release-stock'),
    'processing-failed': to('rejected', 'release-stock'),
  },
  'awaiting-payment': {
    'payment-captured': to('paid', 'commit-stock'),
    'payment-declined': to('payment-failed', 'release-stock'),
    cancel: to('cancelled', 'unwind-payment', 'release-stock'),
    'processing-failed': to('payment-failed', 'unwind-payment', 'release-stock'),
  },
  paid: {
    'packing-finished': to('packed'),
    cancel: to('cancelled', 'unwind-payment', 'restock'),
    'processing-failed': to('cancelled', 'unwind-payment', 'restock'),
  },
  packed: {
    'parcel-collected': to('shipped'),
    cancel: to('cancelled', 'unwind-payment', 'restock'),
    'processing-failed': to('cancelled', 'unwind-payment', 'restock'),
  },
  shipped: { 'parcel-delivered': to('delivered') },
  delivered: {},
  rejected: {},
  'payment-failed': { 'payment-refunded': to('refunded'), 'payment-voided': to('payment-failed') },
  cancelled: { 'payment-refunded': to('refunded'), 'payment-voided': to('cancelled') },
  refunded: {},
};

/** Published with every transition: the event for other services, and the record for the order's own projection. */
export const transitionEvents = ['order.changed', 'order.recorded'] as const;

/** Inputs that time gives: when an order has been in the status for `after`, its reminder gives the input. */
export const timeouts: Partial<Readonly<Record<OrderStatus, Timeout>>> = {
  submitted: { after: 'graceMs', reminder: 'grace', input: { kind: 'grace-ended' } },
  paid: { after: 'fulfilmentMs', reminder: 'pack', input: { kind: 'packing-finished' } },
  packed: { after: 'fulfilmentMs', reminder: 'ship', input: { kind: 'parcel-collected' } },
  shipped: { after: 'fulfilmentMs', reminder: 'deliver', input: { kind: 'parcel-delivered' } },
};

/** Inputs that respond to a command: they count only while it is the last one that was sent. */
export const responses: Partial<Readonly<Record<InputKind, OrderCommand>>> = {
  'stock-reserved': 'reserve-stock',
  'stock-rejected': 'reserve-stock',
  'payment-captured': 'charge',
  'payment-declined': 'charge',
  'payment-refunded': 'unwind-payment',
  'payment-voided': 'unwind-payment',
};

export interface Transition {
  readonly status: OrderStatus;
  readonly commands: readonly OrderCommand[];
}

function to(status: OrderStatus, ...commands: readonly OrderCommand[]): Transition {
  return { status, commands };
}

export interface Timeout {
  readonly after: 'graceMs' | 'fulfilmentMs';
  readonly reminder: string;
  readonly input: OrderInput;
}

/** What may happen to an order. */
export type OrderInput =
  | { readonly kind: 'grace-ended' | 'stock-reserved' | 'payment-voided' | 'cancel' }
  | { readonly kind: 'packing-finished' | 'parcel-collected' | 'parcel-delivered' }
  | { readonly kind: 'stock-rejected'; readonly missing: NonNullable<OrderRecord['missing']> }
  | { readonly kind: 'payment-captured'; readonly amount: Money; readonly card?: CardSummary }
  | { readonly kind: 'payment-declined'; readonly reason: string; readonly card?: CardSummary }
  | { readonly kind: 'payment-refunded'; readonly amount: Money }
  /** A service can never process its command, or did not respond for too long. */
  | { readonly kind: 'processing-failed'; readonly reason: string; readonly service: string };

export type InputKind = OrderInput['kind'];

/** The transition of an input; undefined when it changes nothing: it is late, repeated, or does not belong to this status. */
export function transitionFor(order: Order, input: OrderInput): Transition | undefined {
  const { status, commands } = lastChange(order);
  const command = responses[input.kind];
  if (command !== undefined && !commands.includes(command)) return undefined;
  // Payment was requested for exactly the total: no other amount is believed.
  if ('amount' in input && !isOrderTotal(order, input.amount)) return undefined;
  return transitions[status][input.kind];
}

export const canCancel = (status: OrderStatus): boolean => transitions[status].cancel !== undefined;

/** Nothing more is expected: the status is terminal, and a charge that had to be undone is. */
export const isSettledBy = ({ status, commands }: Pick<OrderChange, 'status' | 'commands'>): boolean =>
  isTerminal(status) && !commands.includes('unwind-payment');

export const isSettled = (order: Order): boolean => isSettledBy(lastChange(order));

/** Payment has to undo a charge and has not responded yet. */
export const isUnwinding = (order: Order): boolean => lastChange(order).commands.includes('unwind-payment');

/** The statuses in which the shopper's money is with the store: from the captured payment on, unless it is unwound. */
export const paidStatuses: ReadonlySet<OrderStatus> = reachableFrom('paid');

function reachableFrom(first: OrderStatus): ReadonlySet<OrderStatus> {
  const reached = new Set<OrderStatus>([first]);
  for (const status of reached)
    for (const { status: next, commands } of Object.values(transitions[status]))
      if (!commands.includes('unwind-payment')) reached.add(next);
  return reached;
}

export function lastChange({ orderId, changes }: Order): OrderChange {
  const last = changes.at(-1);
  if (last === undefined) throw new TypeError(`order ${orderId} has no changes`);
  return last;
}

export const statusOf = (order: Order): OrderStatus => lastChange(order).status;

export const isOrderTotal = ({ total }: Pick<Order, 'total'>, { amount, currency }: Money): boolean =>
  total.amount === amount && total.currency === currency;
