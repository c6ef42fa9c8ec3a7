import { Type } from 'typebox';
import { actor } from '@outrigger/sdk/actors';
import type { ActorContext } from '@outrigger/sdk/actors';
import { ProblemError } from '@outrigger/sdk';
import type { CardName, OrderChanged, OrderRequest } from '@tidewater/contracts/events.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { eventSchemas, object, orderRequest } from '@tidewater/contracts/schemas.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { conflict, notFound } from '@tidewater/kit/problems.ts';
import { parse } from '@tidewater/kit/schema.ts';
import { storeEvent } from '@tidewater/kit/store-events.ts';
import { canCancel, isOrderTotal, isSettled, lastChange, statusOf } from './order.ts';
import type { MissingStock, Order, OrderContent, OrderInput } from './order.ts';
import { changedEvent, orderView } from './order-event.ts';
import { advanceOrder, submitOrder } from './transitions.ts';
import { membersOf, validOr, validParts } from './valid-parts.ts';
import { dueAt, ownTimingMs, watchdogAction } from './watchdog.ts';
import type { OrderTimes, Repeats } from './watchdog.ts';

interface OrderState {
  /** Null until it is submitted. */
  order: Order | null;
  /** Absent until the watchdog has published the last change again. */
  repeats?: Repeats;
}

type Context = ActorContext<OrderState>;

const { 'payment.captured': captured, 'payment.declined': declined, 'payment.refunded': refunded } = eventSchemas;
const capturedArgument = object({ amount: captured.properties.amount, card: captured.properties.card });
const declinedArgument = object({ reason: declined.properties.reason, card: declined.properties.card });
const refundedArgument = object({ amount: refunded.properties.amount });
const refusedArgument = object({ missing: eventSchemas['stock.refused'].properties.missing });
const shopperArgument = object({ shopperId: id });
const submissionArgument = object({ shopperId: id, checkoutId: id });
const failureArgument = object({ reason: Type.String({ maxLength: 1_000 }), service: id });

/** What ends an order's stock; catalog does not respond to these. */
const closingCommands: readonly string[] = ['release-stock', 'commit-stock', 'restock'];

export interface OrderActorOptions extends OrderTimes {
  readonly log: Log;
}

/** One actor for each order. Events may come late, twice and in any order: each is judged by the state it meets. */
export function orderActor(options: OrderActorOptions) {
  const { log } = options;
  const reminderOf: Partial<Record<OrderStatus, string>> = {
    submitted: 'grace',
    paid: 'pack',
    packed: 'ship',
    shipped: 'deliver',
  };

  /** Makes `after` the order, and publishes each change in between. */
  const become = (ctx: Context, before: Order | null, after: Order): void => {
    if (after === before) return;
    ctx.state.order = after;
    for (const change of after.changes.slice(before?.changes.length ?? 0))
      ctx.publish(storeEvent('order.changed', changedEvent(after, change)));
    const from = before === null ? undefined : statusOf(before);
    const to = statusOf(after);
    const reminder = reminderOf[to];
    if (reminder !== undefined && to !== from) ctx.setReminder(reminder, { dueTime: ownTimingMs(to, options) });
    // A reminder that led here has fired and is gone; an early end overtakes one that has not.
    const overtaken = from !== undefined && (to === 'cancelled' || to === 'rejected') ? reminderOf[from] : undefined;
    if (overtaken !== undefined) ctx.clearReminder(overtaken);
    // The watchdog that runs comes in time, unless it has backed off.
    const mustWatch = before === null || ctx.state.repeats !== undefined;
    delete ctx.state.repeats;
    if (isSettled(after)) ctx.clearReminder('watch');
    else if (mustWatch) watchAgain(ctx, after);
  };

  const watchAgain = (ctx: Context, order: Order): void =>
    ctx.setReminder('watch', { dueTime: Math.max(0, dueAt(order, ctx.state.repeats, options) - ctx.now()) });

  const advance = (ctx: Context, input: OrderInput): void => {
    const { order } = ctx.state;
    if (order === null) return;
    const after = advanceOrder(order, input, at(ctx));
    if (after !== order && input.kind === 'processing failed') {
      const { reason, service } = input;
      const fields = { event: 'order-processing-failed', orderId: ctx.id, status: statusOf(after), service, reason };
      log.warn(fields, 'an order cannot go on and ends with compensation');
    }
    become(ctx, order, after);
  };

  const owned = (ctx: Context, shopperId: string): Order => {
    const { order } = ctx.state;
    // Someone else's order and no order look the same from outside.
    if (order === null || order.shopperId !== shopperId) throw orderNotFound(ctx.id);
    return order;
  };

  /** Throws a 422, so that the event becomes a dead letter; the order waits on and repeats its command. */
  const expectTotal = (ctx: Context, what: string, amount: Money): void => {
    const { order } = ctx.state;
    if (order !== null && !isOrderTotal(order, amount)) throw wrongAmount(order, what, amount);
  };

  return actor('order', {
    state: (): OrderState => ({ order: null }),
    methods: {
      /** A number that belongs to another checkout is left alone: the cart learns it from `submission`. */
      submit(ctx, request: OrderRequest): void {
        const valid = parse(orderRequest, request, 'The order');
        if (ctx.state.order === null) become(ctx, null, submitOrder({ ...valid, orderId: ctx.id }, at(ctx)));
      },
      /** An order whose request can never be processed ends at once, so that cart and shopper see an end. */
      submitUnprocessable(ctx, argument: { readonly shopperId: string; readonly order: unknown }): void {
        const { shopperId } = parse(shopperArgument, argument);
        if (ctx.state.order !== null) return;
        const checkoutId = validOr(id, membersOf(argument.order)['checkoutId'], undefined);
        const content: OrderContent = {
          orderId: parse(id, ctx.id),
          shopperId,
          ...(checkoutId !== undefined && { checkoutId }),
          ...validParts(argument.order),
        };
        const failed: OrderInput = { kind: 'processing failed', reason: 'invalid order request', service: 'order' };
        become(ctx, null, advanceOrder(submitOrder(content, at(ctx)), failed, at(ctx)));
      },
      stockReserved: (ctx): void => advance(ctx, { kind: 'stock reserved' }),
      stockRefused(ctx, argument: { readonly missing: readonly MissingStock[] }): void {
        advance(ctx, { kind: 'stock refused', ...parse(refusedArgument, argument) });
      },
      paymentCaptured(ctx, argument: { readonly amount: Money; readonly card?: CardName }): void {
        const { amount, card } = parse(capturedArgument, argument);
        expectTotal(ctx, 'captured', amount);
        advance(ctx, { kind: 'payment captured', amount, card });
      },
      paymentDeclined(ctx, argument: { readonly reason: string; readonly card?: CardName }): void {
        advance(ctx, { kind: 'payment declined', ...parse(declinedArgument, argument) });
      },
      paymentRefunded(ctx, argument: { readonly amount: Money }): void {
        const { amount } = parse(refundedArgument, argument);
        expectTotal(ctx, 'refunded', amount);
        advance(ctx, { kind: 'payment refunded', amount });
      },
      paymentVoided: (ctx): void => advance(ctx, { kind: 'payment voided' }),
      processingFailed(ctx, argument: { readonly reason: string; readonly service: string }): void {
        advance(ctx, { kind: 'processing failed', ...parse(failureArgument, argument) });
      },
      /** Throws 404 for others' orders and 409 when it is too late. Cancelling twice is once. */
      cancel(ctx, argument: { readonly shopperId: string }): OrderView {
        const order = owned(ctx, parse(shopperArgument, argument).shopperId);
        const status = statusOf(order);
        if (status !== 'cancelled' && status !== 'refunded' && !canCancel(status)) throw tooLate(order, status);
        const after = advanceOrder(order, { kind: 'cancelled by shopper' }, at(ctx));
        become(ctx, order, after);
        return orderView(after);
      },
      view: (ctx, argument: { readonly shopperId: string }): OrderView =>
        orderView(owned(ctx, parse(shopperArgument, argument).shopperId)),
      /** Whether the order of a checkout exists. */
      submission(ctx, argument: { readonly shopperId: string; readonly checkoutId: string }): Submission {
        const { shopperId, checkoutId } = parse(submissionArgument, argument);
        const { order } = ctx.state;
        if (order === null) return { state: 'none' };
        const isTheirs = order.shopperId === shopperId && (order.checkoutId ?? checkoutId) === checkoutId;
        return { state: isTheirs ? 'yours' : 'taken' };
      },
      /** All its events again, for a projection that has missed some. */
      events({ state: { order } }): readonly OrderChanged[] {
        return order === null ? [] : order.changes.map((change) => changedEvent(order, change));
      },
      /** Publishes the command again that closes its stock, when there is one. */
      repeatStockCommand(ctx): void {
        const { order } = ctx.state;
        const change = order?.changes.findLast(({ asks }) => asks.some((ask) => closingCommands.includes(ask)));
        if (order !== null && change !== undefined)
          ctx.publish(storeEvent('order.changed', changedEvent(order, change)));
      },
    },
    reminders: {
      grace: (ctx) => advance(ctx, { kind: 'grace ended' }),
      pack: (ctx) => advance(ctx, { kind: 'packed' }),
      ship: (ctx) => advance(ctx, { kind: 'shipped' }),
      deliver: (ctx) => advance(ctx, { kind: 'delivered' }),
      watch(ctx) {
        const { order, repeats } = ctx.state;
        if (order === null || isSettled(order)) return ctx.clearReminder('watch');
        const action = watchdogAction(order, repeats, ctx.now(), options);
        const last = lastChange(order);
        switch (action.kind) {
          case 'wait':
            return watchAgain(ctx, order);
          case 'advance':
            advance(ctx, action.input);
            if (ctx.state.order !== null && !isSettled(ctx.state.order)) watchAgain(ctx, ctx.state.order);
            return undefined;
          case 'repeat':
            // Under a new event id, so that those who were asked look again; they know the order by its id.
            ctx.publish(storeEvent('order.changed', changedEvent(order, last)));
            ctx.state.repeats = { count: (repeats?.count ?? 0) + 1, at: ctx.now() };
            return watchAgain(ctx, order);
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
      },
    },
    idleTimeout: '5m',
  });
}

/** `yours`: the order of this checkout exists. `taken`: the number belongs to another checkout. */
export interface Submission {
  readonly state: 'none' | 'yours' | 'taken';
}

const at = (ctx: Context): string => new Date(ctx.now()).toISOString();

export const orderNotFound = (orderId: string) => notFound(`There is no order ${orderId} of yours.`);

const wrongAmount = ({ orderId, total }: Order, what: string, { amount, currency }: Money): ProblemError =>
  new ProblemError({
    type: 'wrong-amount',
    status: 422,
    title: 'Wrong amount',
    detail: `${amount} ${currency} were ${what} for order ${orderId}, which asked for ${total.amount} ${total.currency}.`,
  });

function tooLate(order: Order, status: OrderStatus) {
  if (status === 'shipped' || status === 'delivered')
    return conflict('too-late', 'It has left the house, so it can no longer be cancelled.');
  const detail = isSettled(order)
    ? 'It has ended already and nothing was charged.'
    : 'It has ended already. Whatever was charged comes back to you.';
  return conflict('too-late', detail);
}
