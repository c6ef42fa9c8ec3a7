import { receiverOf } from '@tidewater/contracts/topics.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { isUnwinding, lastChange, timeouts } from './order.ts';
import type { OrderInput, Timeout } from './order.ts';
import type { Order } from './order-state.ts';

export interface OrderTimes extends Readonly<Record<Timeout['after'], number>> {
  /** How long the order waits for a response before it repeats its last commands; doubled with each repeat. */
  readonly watchdogMs: number;
}

/** How long an order stays in a status by the process itself. */
export function plannedRestMs(status: OrderStatus, times: OrderTimes): number {
  const timeout = timeouts[status];
  return timeout === undefined ? 0 : times[timeout.after];
}

const maxRepeats = 6;
const hourMs = 3_600_000;
const abandonAfterMs = 24 * hourMs;

export type WatchdogAction =
  | { readonly kind: 'wait' }
  | { readonly kind: 'advance'; readonly input: OrderInput }
  /** Send the last commands again. */
  | { readonly kind: 'repeat' }
  /** People must look at it. */
  | { readonly kind: 'give-up' };

/** What the watchdog has done since the last change. */
export interface Repeats {
  readonly count: number;
  /** When the last commands were sent again, in milliseconds since the epoch. */
  readonly at: number;
}

/** So many that the next repeats come at the longest interval: payment has reported that it cannot undo the charge now. */
export const backedOff = (now: number): Repeats => ({ count: 30, at: now });

/** Pattern: retry with backoff. What to do now for an order that is not settled. */
export function watchdogAction(
  order: Order,
  repeats: Repeats | undefined,
  now: number,
  times: OrderTimes,
): WatchdogAction {
  if (now < dueAt(order, repeats, times)) return { kind: 'wait' };
  const { status, at, commands } = lastChange(order);
  const timeout = timeouts[status];
  if (timeout !== undefined) return { kind: 'advance', input: timeout.input };
  const isUsedUp = (repeats?.count ?? 0) >= maxRepeats;
  // The shopper's money may be here: this is repeated for longer, and the order cannot end otherwise.
  if (isUnwinding(order)) return { kind: isUsedUp && now - Date.parse(at) >= abandonAfterMs ? 'give-up' : 'repeat' };
  if (!isUsedUp) return { kind: 'repeat' };
  const [command] = commands;
  const service = command === undefined ? 'order' : receiverOf(command);
  return { kind: 'advance', input: { kind: 'processing-failed', reason: 'no response', service } };
}

/** When the watchdog acts next, in milliseconds since the epoch. A pause of the whole store uses up no repeats. */
export function dueAt(order: Order, repeats: Repeats | undefined, times: OrderTimes): number {
  const { status, at } = lastChange(order);
  if (repeats === undefined) return Date.parse(at) + plannedRestMs(status, times) + times.watchdogMs;
  const intervalMs = times.watchdogMs * 2 ** Math.min(repeats.count, 30);
  return repeats.at + (isUnwinding(order) ? Math.min(hourMs, intervalMs) : intervalMs);
}
