import { actor } from '@outrigger/sdk/actors';
import type { ActorContext } from '@outrigger/sdk/actors';
import type { OrderRequest } from '@tidewater/contracts/events.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { conflict, notFound } from '@tidewater/kit/problems.ts';
import { storeEvent } from '@tidewater/kit/store-events.ts';
import { advanceOrder, canCancel, isSettled, lastChange, statusOf, submitOrder } from './order.ts';
import type { MissingStock, Order, OrderInput } from './order.ts';
import { changedEvent, orderView } from './order-event.ts';

export interface OrderTimes {
  /** How long a shopper may cancel before anything is asked of anyone. */
  readonly graceMs: number;
  /** How long each of packing, shipping and delivering takes. */
  readonly fulfilmentMs: number;
}

interface OrderState {
  /** Null until it is submitted. */
  order: Order | null;
}

type Context = ActorContext<OrderState>;

const watchMs = 30_000;

/** What a watch does for an order that waits: do the step whose alarm is due, or ask again. */
const dueStep: Partial<Record<OrderStatus, OrderInput>> = {
  submitted: { kind: 'grace ended' },
  paid: { kind: 'packed' },
  packed: { kind: 'shipped' },
  shipped: { kind: 'delivered' },
};

/** One actor for each order. Events may come late, twice and in any order: each is judged by the state it meets. */
export function orderActor({ graceMs, fulfilmentMs }: OrderTimes) {
  const alarmOf: Partial<Record<OrderStatus, { readonly name: string; readonly dueTime: number }>> = {
    submitted: { name: 'grace', dueTime: graceMs },
    paid: { name: 'pack', dueTime: fulfilmentMs },
    packed: { name: 'ship', dueTime: fulfilmentMs },
    shipped: { name: 'deliver', dueTime: fulfilmentMs },
  };

  /** Makes `after` the order, and tells of each change in between. */
  const become = (ctx: Context, before: Order | null, after: Order): void => {
    if (after === before) return;
    ctx.state.order = after;
    for (const change of after.changes.slice(before?.changes.length ?? 0)) {
      ctx.publish(storeEvent('order.changed', changedEvent(after, change)));
    }
    const from = before === null ? undefined : statusOf(before);
    const to = statusOf(after);
    const alarm = alarmOf[to];
    if (alarm && to !== from) ctx.setReminder(alarm.name, { dueTime: alarm.dueTime });
    // An alarm that led here has fired and is gone; a cancellation overtakes one that has not.
    const overtaken = from !== undefined && to === 'cancelled' ? alarmOf[from] : undefined;
    if (overtaken) ctx.clearReminder(overtaken.name);
    if (isSettled(after)) ctx.clearReminder('watch');
  };

  const advance = (ctx: Context, input: OrderInput): void => {
    const { order } = ctx.state;
    if (order !== null) become(ctx, order, advanceOrder(order, input, at(ctx)));
  };

  const owned = (ctx: Context, shopperId: string): Order => {
    const { order } = ctx.state;
    // Someone else's order and no order look the same from outside.
    if (order === null || order.shopperId !== shopperId) throw orderNotFound(ctx.id);
    return order;
  };

  return actor('order', {
    state: (): OrderState => ({ order: null }),
    methods: {
      submit(ctx, request: OrderRequest): void {
        if (ctx.state.order !== null) return;
        become(ctx, null, submitOrder(request, at(ctx)));
        ctx.setReminder('watch', { dueTime: watchMs, period: watchMs });
      },
      stockReserved: (ctx): void => advance(ctx, { kind: 'stock reserved' }),
      stockRefused: (ctx, missing: readonly MissingStock[]): void => advance(ctx, { kind: 'stock refused', missing }),
      paymentCaptured: (ctx): void => advance(ctx, { kind: 'payment captured' }),
      paymentDeclined: (ctx, reason: string): void => advance(ctx, { kind: 'payment declined', reason }),
      paymentRefunded: (ctx): void => advance(ctx, { kind: 'payment refunded' }),
      paymentVoided: (ctx): void => advance(ctx, { kind: 'payment voided' }),
      /** Refuses with 404 for others' orders and 409 when it is too late. Cancelling twice is once. */
      cancel(ctx, { shopperId }: { readonly shopperId: string }): OrderView {
        const order = owned(ctx, shopperId);
        const status = statusOf(order);
        if (status !== 'cancelled' && status !== 'refunded' && !canCancel(status)) throw tooLate(status);
        const after = advanceOrder(order, { kind: 'cancelled by shopper' }, at(ctx));
        become(ctx, order, after);
        return orderView(after);
      },
      view: (ctx, { shopperId }: { readonly shopperId: string }): OrderView => orderView(owned(ctx, shopperId)),
    },
    reminders: {
      grace: (ctx) => advance(ctx, { kind: 'grace ended' }),
      pack: (ctx) => advance(ctx, { kind: 'packed' }),
      ship: (ctx) => advance(ctx, { kind: 'shipped' }),
      deliver: (ctx) => advance(ctx, { kind: 'delivered' }),
      watch(ctx) {
        const { order } = ctx.state;
        if (order === null || isSettled(order)) return ctx.clearReminder('watch');
        const last = lastChange(order);
        const step = dueStep[last.status];
        const limitMs = (alarmOf[last.status]?.dueTime ?? 0) + watchMs;
        if (ctx.now() - Date.parse(last.at) < limitMs) return;
        if (step) advance(ctx, step);
        // Told again under a new event id, so that those who were asked look again; they know the order by its id.
        else ctx.publish(storeEvent('order.changed', changedEvent(order, last)));
      },
    },
    idleTimeout: '5m',
  });
}

const at = (ctx: Context): string => new Date(ctx.now()).toISOString();

export const orderNotFound = (orderId: string) => notFound(`There is no order ${orderId} of yours.`);

function tooLate(status: OrderStatus) {
  const why =
    status === 'shipped' || status === 'delivered'
      ? 'It has left the house, so it can no longer be cancelled. You can send it back once it has arrived.'
      : 'It has ended already and nothing was charged.';
  return conflict('too-late', why);
}
