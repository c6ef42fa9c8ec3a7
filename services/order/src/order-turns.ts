import type { ActorContext } from '@outrigger/sdk/actors';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { storeEvent } from '@tidewater/kit/store-events.ts';
import { isSettled, lastChange, statusOf } from './order.ts';
import type { Order, OrderInput } from './order.ts';
import { changedEvent } from './order-event.ts';
import { advanceOrder, isUndoingCharge } from './transitions.ts';
import { storableOrder } from './valid-parts.ts';
import { backedOff, dueAt, plannedRestMs, watchdogAction } from './watchdog.ts';
import type { OrderTimes, Repeats } from './watchdog.ts';

export interface OrderState {
  /** Null until it is submitted. */
  order: Order | null;
  /** Absent until the watchdog has published the last change again. */
  repeats?: Repeats;
}

export type OrderContext = ActorContext<OrderState>;

export interface OrderActorOptions extends OrderTimes {
  readonly log: Log;
}

/** What one turn of an order does with its state, its events and its reminders. */
export interface OrderTurns {
  /** The order for turns that change something. */
  readonly storable: (ctx: OrderContext) => Order | null;
  /** Makes `after` the order, and publishes each change in between. */
  readonly applyChanges: (ctx: OrderContext, before: Order | null, after: Order) => void;
  readonly advance: (ctx: OrderContext, input: OrderInput) => void;
  /** The reminder `watch`. */
  readonly runWatchdog: (ctx: OrderContext) => void;
}

export function orderTurns(options: OrderActorOptions): OrderTurns {
  const { log } = options;
  const reminderOf: Partial<Record<OrderStatus, string>> = {
    submitted: 'grace',
    paid: 'pack',
    packed: 'ship',
    shipped: 'deliver',
  };

  const applyChanges = (ctx: OrderContext, before: Order | null, after: Order): void => {
    if (after === before) return;
    ctx.state.order = after;
    for (const change of after.changes.slice(before?.changes.length ?? 0))
      ctx.publish(storeEvent('order.changed', changedEvent(after, change)));
    const from = before === null ? undefined : statusOf(before);
    const to = statusOf(after);
    const reminder = reminderOf[to];
    if (reminder !== undefined && to !== from) ctx.setReminder(reminder, { dueTime: plannedRestMs(to, options) });
    // A reminder that led here has fired and is gone; an early end overtakes one that has not.
    const overtaken = from !== undefined && (to === 'cancelled' || to === 'rejected') ? reminderOf[from] : undefined;
    if (overtaken !== undefined) ctx.clearReminder(overtaken);
    // The watchdog that is set comes in time, unless it has backed off or the order was to rest for longer.
    const isSetUntil = before === null ? undefined : dueAt(before, ctx.state.repeats, options);
    delete ctx.state.repeats;
    if (isSettled(after)) ctx.clearReminder('watch');
    else if (isSetUntil === undefined || isSetUntil > dueAt(after, undefined, options)) scheduleWatchdog(ctx, after);
  };

  const scheduleWatchdog = (ctx: OrderContext, order: Order): void =>
    ctx.setReminder('watch', { dueTime: Math.max(0, dueAt(order, ctx.state.repeats, options) - ctx.now()) });

  const storable = ({ state }: OrderContext): Order | null => {
    if (state.order !== null) state.order = storableOrder(state.order);
    return state.order;
  };

  const advance = (ctx: OrderContext, input: OrderInput): void => {
    const order = storable(ctx);
    if (order === null) return;
    const after = advanceOrder(order, input, at(ctx));
    if (after !== order && input.kind === 'processing failed') {
      const { reason, service } = input;
      const fields = { event: 'order-processing-failed', orderId: ctx.id, status: statusOf(after), service, reason };
      log.warn(fields, 'an order cannot go on and ends with compensation');
    }
    applyChanges(ctx, order, after);
    const isUndoingRejected = after === order && input.kind === 'processing failed' && input.service === 'payment';
    if (isUndoingRejected && isUndoingCharge(order, statusOf(order))) {
      // Each repeat would only become another dead letter.
      ctx.state.repeats = backedOff(ctx.now());
      scheduleWatchdog(ctx, order);
    }
  };

  const runWatchdog = (ctx: OrderContext): void => {
    const order = storable(ctx);
    const { repeats } = ctx.state;
    if (order === null || isSettled(order)) return ctx.clearReminder('watch');
    const action = watchdogAction(order, repeats, ctx.now(), options);
    const last = lastChange(order);
    switch (action.kind) {
      case 'wait':
        return scheduleWatchdog(ctx, order);
      case 'advance':
        advance(ctx, action.input);
        if (ctx.state.order !== null && !isSettled(ctx.state.order)) scheduleWatchdog(ctx, ctx.state.order);
        return undefined;
      case 'repeat':
        // Under a new event id, so that those who were asked look again; they know the order by its id.
        ctx.publish(storeEvent('order.changed', changedEvent(order, last)));
        ctx.state.repeats = { count: (repeats?.count ?? 0) + 1, at: ctx.now() };
        return scheduleWatchdog(ctx, order);
      case 'give up': {
        const fields = {
          event: 'order-without-progress',
          orderId: ctx.id,
          status: last.status,
          repeats: repeats?.count,
        };
        log.error(fields, 'an order waits for payment for a day, its watchdog stops');
        return ctx.clearReminder('watch');
      }
    }
  };

  return { storable, applyChanges, advance, runWatchdog };
}

export const at = (ctx: OrderContext): string => new Date(ctx.now()).toISOString();
