import type { ActorContext } from '@outrigger/sdk/actors';
import type { Log } from '@tidewater/kit/log.ts';
import { upcastOrder } from '../domain/earlier-orders.ts';
import { isSettled, isUnwinding, lastChange, statusOf, timeouts } from '../domain/order.ts';
import type { OrderInput } from '../domain/order.ts';
import { commandMessage, messagesOf } from './order-messages.ts';
import { advanceOrder } from '../domain/order-process.ts';
import type { Order, OrderChange } from '../domain/order-state.ts';
import { storableOrder } from '../schema/valid-parts.ts';
import { backedOff, dueAt, plannedRestMs, watchdogAction } from '../domain/watchdog.ts';
import type { OrderTimes, Repeats } from '../domain/watchdog.ts';

export interface OrderState {
  /** Null until it is submitted. */
  order: Order | null;
  /** Absent until the watchdog has sent the last commands again. */
  repeats?: Repeats;
}

export type OrderContext = ActorContext<OrderState>;

export interface OrderActorOptions extends OrderTimes {
  readonly log: Log;
}

/** What one turn of an order does with its state, its messages and its reminders. */
export interface OrderTurns {
  /** The order for turns that only read. */
  readonly read: (ctx: OrderContext) => Order | null;
  /** The order for turns that change something. */
  readonly orderForChange: (ctx: OrderContext) => Order | null;
  /** Makes `after` the order, and sends the messages of each change in between. */
  readonly applyChanges: (ctx: OrderContext, before: Order | null, after: Order) => void;
  readonly advance: (ctx: OrderContext, input: OrderInput) => void;
  /** The reminder `watch`. */
  readonly runWatchdog: (ctx: OrderContext) => void;
}

export function orderTurns(options: OrderActorOptions): OrderTurns {
  const { log } = options;

  const applyChanges = (ctx: OrderContext, before: Order | null, after: Order): void => {
    if (after === before) return;
    ctx.state.order = after;
    const changes = after.changes.slice(before?.changes.length ?? 0);
    for (const change of changes) {
      for (const message of messagesOf(after, change)) ctx.publish(message);
      logChange(ctx.id, change);
    }
    setTimeouts(ctx, before, after);
    // A watchdog that is set is early enough, unless it has backed off or the order was to rest for longer.
    const isSetUntil = before === null ? undefined : dueAt(before, ctx.state.repeats, options);
    delete ctx.state.repeats;
    if (isSettled(after)) ctx.clearReminder('watch');
    else if (isSetUntil === undefined || isSetUntil > dueAt(after, undefined, options)) scheduleWatchdog(ctx, after);
  };

  /** Before the commit: each attempt of a turn has a line, with the same version. */
  const logChange = (orderId: string, { version, status, input, commands }: OrderChange): void =>
    log.info({ event: 'order-changed', orderId, version, status, input, commands }, 'an order changed');

  const setTimeouts = (ctx: OrderContext, before: Order | null, after: Order): void => {
    const from = before === null ? undefined : statusOf(before);
    const { status: to, input } = lastChange(after);
    if (from === to) return;
    const next = timeouts[to];
    if (next !== undefined) ctx.setReminder(next.reminder, { dueTime: plannedRestMs(to, options) });
    // The reminder of the status before has fired, or is overtaken by another input.
    const overtaken = from === undefined ? undefined : timeouts[from];
    if (overtaken !== undefined && overtaken.input.kind !== input) ctx.clearReminder(overtaken.reminder);
  };

  const scheduleWatchdog = (ctx: OrderContext, order: Order): void =>
    ctx.setReminder('watch', { dueTime: Math.max(0, dueAt(order, ctx.state.repeats, options) - ctx.now()) });

  const read = ({ state: { order } }: OrderContext): Order | null => order && upcastOrder(order);

  const orderForChange = (ctx: OrderContext): Order | null => {
    const order = read(ctx);
    return (ctx.state.order = order && storableOrder(order));
  };

  const advance = (ctx: OrderContext, input: OrderInput): void => {
    const order = orderForChange(ctx);
    if (order === null) return;
    const after = advanceOrder(order, input, turnTimestamp(ctx));
    if (after !== order && input.kind === 'processing-failed') {
      const { reason, service } = input;
      const fields = { event: 'order-processing-failed', orderId: ctx.id, status: statusOf(after), service, reason };
      log.warn(fields, 'an order cannot be processed and ends with compensation');
    }
    applyChanges(ctx, order, after);
    const isUnwindRejected = after === order && input.kind === 'processing-failed' && input.service === 'payment';
    if (isUnwindRejected && isUnwinding(order)) {
      // Each repeat would only become another dead letter.
      ctx.state.repeats = backedOff(ctx.now());
      scheduleWatchdog(ctx, order);
    }
  };

  const runWatchdog = (ctx: OrderContext): void => {
    const order = orderForChange(ctx);
    const { repeats } = ctx.state;
    if (order === null || isSettled(order)) return ctx.clearReminder('watch');
    const action = watchdogAction(order, repeats, ctx.now(), options);
    const { status, commands } = lastChange(order);
    switch (action.kind) {
      case 'wait':
        return scheduleWatchdog(ctx, order);
      case 'advance':
        advance(ctx, action.input);
        if (ctx.state.order !== null && !isSettled(ctx.state.order)) scheduleWatchdog(ctx, ctx.state.order);
        return undefined;
      case 'repeat':
        // Under new ids, so that consumers do not take them as handled; they recognise the order by its id.
        for (const command of commands) ctx.publish(commandMessage(order, command));
        ctx.state.repeats = { count: (repeats?.count ?? 0) + 1, at: ctx.now() };
        return scheduleWatchdog(ctx, order);
      case 'give-up': {
        const fields = { event: 'order-without-progress', orderId: ctx.id, status, repeats: repeats?.count };
        log.error(fields, 'an order has waited for payment for a day, its watchdog stops');
        return ctx.clearReminder('watch');
      }
    }
  };

  return { read, orderForChange, applyChanges, advance, runWatchdog };
}

export const turnTimestamp = (ctx: OrderContext): string => new Date(ctx.now()).toISOString();
