import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { lastChange } from './order.ts';
import type { Order, OrderInput } from './order.ts';
import { isUndoingCharge } from './transitions.ts';

export interface OrderTimes {
  /** How long a shopper may cancel before anything is asked of anyone. */
  readonly graceMs: number;
  /** How long each of packing, shipping and delivering takes. */
  readonly fulfilmentMs: number;
  /** How long the order waits for a response before it repeats its last command; doubled with each repeat. */
  readonly watchdogMs: number;
}

/** The input that a reminder of that status gives; when the reminder was lost, the watchdog gives it. */
const overdueInputs: Partial<Record<OrderStatus, OrderInput>> = {
  submitted: { kind: 'grace ended' },
  paid: { kind: 'packed' },
  packed: { kind: 'shipped' },
  shipped: { kind: 'delivered' },
};

/** How long an order rests in a status by its own timing. */
export function plannedRestMs(status: OrderStatus, { graceMs, fulfilmentMs }: OrderTimes): number {
  if (status === 'submitted') return graceMs;
  return overdueInputs[status] === undefined ? 0 : fulfilmentMs;
}

const maxRepeats = 6;
const hourMs = 3_600_000;
const abandonAfterMs = 24 * hourMs;

export type WatchdogAction =
  | { readonly kind: 'wait' }
  | { readonly kind: 'advance'; readonly input: OrderInput }
  /** Publish the last change again. */
  | { readonly kind: 'repeat' }
  /** People must look at it. */
  | { readonly kind: 'give up' };

/** What the watchdog has done since the last change. */
export interface Repeats {
  readonly count: number;
  /** When the last change was last published again, in milliseconds since the epoch. */
  readonly at: number;
}

/** So many that the next repeats come at the longest interval: payment has said that it cannot undo the charge now. */
export const backedOff = (now: number): Repeats => ({ count: 30, at: now });

/** What to do now for an order that is not settled. */
export function watchdogAction(
  order: Order,
  repeats: Repeats | undefined,
  now: number,
  times: OrderTimes,
): WatchdogAction {
  if (now < dueAt(order, repeats, times)) return { kind: 'wait' };
  const { status, at } = lastChange(order);
  const overdueInput = overdueInputs[status];
  if (overdueInput !== undefined) return { kind: 'advance', input: overdueInput };
  const isUsedUp = (repeats?.count ?? 0) >= maxRepeats;
  // The shopper's money may be here: this is repeated for longer, and there is no other end to give it.
  if (isUndoingCharge(order, status))
    return { kind: isUsedUp && now - Date.parse(at) >= abandonAfterMs ? 'give up' : 'repeat' };
  if (!isUsedUp) return { kind: 'repeat' };
  const service = status === 'awaiting payment' ? 'payment' : 'catalog';
  return { kind: 'advance', input: { kind: 'processing failed', reason: 'no answer', service } };
}

/** When the watchdog acts next, in milliseconds since the epoch. A pause of the whole store uses up no repeats. */
export function dueAt(order: Order, repeats: Repeats | undefined, times: OrderTimes): number {
  const { status, at } = lastChange(order);
  if (repeats === undefined) return Date.parse(at) + plannedRestMs(status, times) + times.watchdogMs;
  const intervalMs = times.watchdogMs * 2 ** Math.min(repeats.count, 30);
  return repeats.at + (isUndoingCharge(order, status) ? Math.min(hourMs, intervalMs) : intervalMs);
}
