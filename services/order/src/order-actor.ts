import { Type } from 'typebox';
import { actor } from '@outrigger/sdk/actors';
import { ProblemError } from '@outrigger/sdk';
import type { CardSummary, OrderChanged, OrderRequest } from '@tidewater/contracts/events.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { eventSchemas, object, orderRequest } from '@tidewater/contracts/schemas.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { badRequest, conflict, notFound } from '@tidewater/kit/problems.ts';
import { parse } from '@tidewater/kit/schema.ts';
import { storeEvent } from '@tidewater/kit/store-events.ts';
import { canCancel, isConsistent, isOrderTotal, isSettled, statusOf } from './order.ts';
import type { MissingStock, Order, OrderContent, OrderInput } from './order.ts';
import { changedEvent, orderView } from './order-event.ts';
import { at, orderTurns } from './order-turns.ts';
import type { OrderActorOptions, OrderContext, OrderState } from './order-turns.ts';
import { advanceOrder, submitOrder } from './transitions.ts';
import { membersOf, validOr, validParts } from './valid-parts.ts';

const { 'payment.captured': captured, 'payment.declined': declined, 'payment.refunded': refunded } = eventSchemas;
const capturedArgument = object({ amount: captured.properties.amount, card: captured.properties.card });
const declinedArgument = object({ reason: declined.properties.reason, card: declined.properties.card });
const refundedArgument = object({ amount: refunded.properties.amount });
const rejectedArgument = object({ missing: eventSchemas['stock.refused'].properties.missing });
const shopperArgument = object({ shopperId: id });
const submissionArgument = object({ shopperId: id, checkoutId: id });
const failureArgument = object({ reason: Type.String({ maxLength: 1_000 }), service: id });

/** What ends an order's stock; catalog does not respond to these. */
const closingCommands: readonly string[] = ['release-stock', 'commit-stock', 'restock'];

/** One actor for each order. Events may come late, twice and in any order: each is judged by the state it meets. */
export function orderActor(options: OrderActorOptions) {
  const { storable, applyChanges, advance, runWatchdog } = orderTurns(options);

  const orderOfShopper = (ctx: OrderContext, shopperId: string): Order => {
    const { order } = ctx.state;
    // Someone else's order and no order look the same from outside.
    if (order === null || order.shopperId !== shopperId) throw orderNotFound(ctx.id);
    return order;
  };

  /** Throws a 422, so that the event becomes a dead letter; the order waits on and repeats its command. */
  const expectTotal = (ctx: OrderContext, movement: string, amount: Money): void => {
    const { order } = ctx.state;
    if (order !== null && !isOrderTotal(order, amount)) throw wrongAmount(order, movement, amount);
  };

  return actor('order', {
    state: (): OrderState => ({ order: null }),
    methods: {
      /** A number that belongs to another checkout is left alone: the cart learns it from `submission`. */
      submit(ctx, request: OrderRequest): void {
        const valid = parse(orderRequest, request, 'The order');
        if (!isConsistent(valid))
          throw badRequest(`The total of order ${ctx.id} is not that of its lines and delivery.`);
        if (ctx.state.order === null) applyChanges(ctx, null, submitOrder({ ...valid, orderId: ctx.id }, at(ctx)));
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
        applyChanges(ctx, null, advanceOrder(submitOrder(content, at(ctx)), failed, at(ctx)));
      },
      stockReserved: (ctx): void => advance(ctx, { kind: 'stock reserved' }),
      stockRefused(ctx, argument: { readonly missing: readonly MissingStock[] }): void {
        advance(ctx, { kind: 'stock refused', ...parse(rejectedArgument, argument) });
      },
      paymentCaptured(ctx, argument: { readonly amount: Money; readonly card?: CardSummary }): void {
        const { amount, card } = parse(capturedArgument, argument);
        expectTotal(ctx, 'captured', amount);
        advance(ctx, { kind: 'payment captured', amount, card });
      },
      paymentDeclined(ctx, argument: { readonly reason: string; readonly card?: CardSummary }): void {
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
        storable(ctx);
        const order = orderOfShopper(ctx, parse(shopperArgument, argument).shopperId);
        const status = statusOf(order);
        if (status !== 'cancelled' && status !== 'refunded' && !canCancel(status)) throw tooLate(order, status);
        const after = advanceOrder(order, { kind: 'cancelled by shopper' }, at(ctx));
        applyChanges(ctx, order, after);
        return orderView(after);
      },
      view: (ctx, argument: { readonly shopperId: string }): OrderView =>
        orderView(orderOfShopper(ctx, parse(shopperArgument, argument).shopperId)),
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
        const change = order?.changes.findLast(({ asks }) => asks.some((command) => closingCommands.includes(command)));
        if (order !== null && change !== undefined)
          ctx.publish(storeEvent('order.changed', changedEvent(order, change)));
      },
    },
    reminders: {
      grace: (ctx) => advance(ctx, { kind: 'grace ended' }),
      pack: (ctx) => advance(ctx, { kind: 'packed' }),
      ship: (ctx) => advance(ctx, { kind: 'shipped' }),
      deliver: (ctx) => advance(ctx, { kind: 'delivered' }),
      watch: runWatchdog,
    },
    idleTimeout: '5m',
  });
}

/** `yours`: the order of this checkout exists. `taken`: the number belongs to another checkout. */
export interface Submission {
  readonly state: 'none' | 'yours' | 'taken';
}

export const orderNotFound = (orderId: string) => notFound(`There is no order ${orderId} of yours.`);

const wrongAmount = ({ orderId, total }: Order, movement: string, { amount, currency }: Money): ProblemError =>
  new ProblemError({
    type: 'wrong-amount',
    status: 422,
    title: 'Wrong amount',
    detail: `${amount} ${currency} were ${movement} for order ${orderId}, which asked for ${total.amount} ${total.currency}.`,
  });

function tooLate(order: Order, status: OrderStatus) {
  if (status === 'shipped' || status === 'delivered')
    return conflict('too-late', 'It has left the house, so it can no longer be cancelled.');
  const detail = isSettled(order)
    ? 'It has ended already and nothing was charged.'
    : 'It has ended already. Whatever was charged comes back to you.';
  return conflict('too-late', detail);
}
