import { Type } from 'typebox';
import { actor } from '@outrigger/sdk/actors';
import { ProblemError } from '@outrigger/sdk';
import type { CardSummary, OrderRecord, OrderRequest } from '@tidewater/contracts/events.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { OrderDetails } from '@tidewater/contracts/orders.ts';
import { eventSchemas, object, orderRequest } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { conflict, notFound } from '@tidewater/kit/problems.ts';
import { parse } from '@tidewater/kit/schema.ts';
import { canCancel, isOrderTotal, isSettled, paidStatuses, statusOf, timeouts } from '../domain/order.ts';
import { orderDetails } from '../domain/order-details.ts';
import { commandMessage, recordOf } from './order-messages.ts';
import { advanceOrder, rejectedOrder, submitOrder } from '../domain/order-process.ts';
import type { Order, OrderContent } from '../domain/order-state.ts';
import { at, orderTurns } from './order-turns.ts';
import type { OrderActorOptions, OrderContext, OrderState } from './order-turns.ts';
import { membersOf, validOr, validParts } from '../schema/valid-parts.ts';

const { 'payment.captured': captured, 'payment.declined': declined, 'payment.refunded': refunded } = eventSchemas;
const capturedArgument = object({ amount: captured.properties.amount, card: captured.properties.card });
const declinedArgument = object({ reason: declined.properties.reason, card: declined.properties.card });
const refundedArgument = object({ amount: refunded.properties.amount });
const rejectedArgument = object({ missing: eventSchemas['stock.rejected'].properties.missing });
const shopperArgument = object({ shopperId: id });
const submissionArgument = object({ shopperId: id, checkoutId: id });
const failureArgument = object({ reason: Type.String({ maxLength: 1_000 }), service: id });

/** These close the order's reservation; catalog does not respond to them. */
const closingCommands: readonly string[] = ['release-stock', 'commit-stock', 'restock'];

type Missing = NonNullable<OrderRecord['missing']>;

/**
 * Pattern: virtual actor; CQRS, command side. One actor for each order. Messages may arrive late, twice and in any order: each
 * is an input to the transition table.
 */
export function orderActor(options: OrderActorOptions) {
  const { read, storable, applyChanges, advance, runWatchdog } = orderTurns(options);

  const orderOfShopper = (ctx: OrderContext, shopperId: string): Order => {
    const order = read(ctx);
    // An order of another shopper and a missing order are the same from outside.
    if (order === null || order.shopperId !== shopperId) throw orderNotFound(ctx.id);
    return order;
  };

  /** Throws a 422, so that the event becomes a dead letter; the order still waits and repeats its command. */
  const expectTotal = (ctx: OrderContext, movement: string, amount: Money): void => {
    const { order } = ctx.state;
    if (order !== null && !isOrderTotal(order, amount)) throw wrongAmount(order, movement, amount);
  };

  return actor('order', {
    state: (): OrderState => ({ order: null }),
    methods: {
      /** An order number of another checkout changes nothing: the cart learns that from `submission`. */
      submit(ctx, request: OrderRequest): void {
        const valid = parse(orderRequest, request, 'The order');
        const order = submitOrder({ ...valid, orderId: ctx.id }, at(ctx));
        if (ctx.state.order === null) applyChanges(ctx, null, order);
      },
      /** An order whose request can never be processed is rejected as soon as it exists, so that its checkout and shopper see an end. */
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
        applyChanges(ctx, null, rejectedOrder(content, 'invalid order request', at(ctx)));
      },
      stockReserved: (ctx): void => advance(ctx, { kind: 'stock-reserved' }),
      stockRejected(ctx, argument: { readonly missing: Missing }): void {
        advance(ctx, { kind: 'stock-rejected', ...parse(rejectedArgument, argument) });
      },
      paymentCaptured(ctx, argument: { readonly amount: Money; readonly card?: CardSummary }): void {
        const { amount, card } = parse(capturedArgument, argument);
        expectTotal(ctx, 'captured', amount);
        advance(ctx, { kind: 'payment-captured', amount, card });
      },
      paymentDeclined(ctx, argument: { readonly reason: string; readonly card?: CardSummary }): void {
        advance(ctx, { kind: 'payment-declined', ...parse(declinedArgument, argument) });
      },
      paymentRefunded(ctx, argument: { readonly amount: Money }): void {
        const { amount } = parse(refundedArgument, argument);
        expectTotal(ctx, 'refunded', amount);
        advance(ctx, { kind: 'payment-refunded', amount });
      },
      paymentVoided: (ctx): void => advance(ctx, { kind: 'payment-voided' }),
      processingFailed(ctx, argument: { readonly reason: string; readonly service: string }): void {
        advance(ctx, { kind: 'processing-failed', ...parse(failureArgument, argument) });
      },
      /** Throws 404 for others' orders and 409 when it is too late. Cancelling twice is once. */
      cancel(ctx, argument: { readonly shopperId: string }): OrderDetails {
        storable(ctx);
        const order = orderOfShopper(ctx, parse(shopperArgument, argument).shopperId);
        const status = statusOf(order);
        if (status !== 'cancelled' && status !== 'refunded' && !canCancel(status)) throw tooLate(order, status);
        const after = advanceOrder(order, { kind: 'cancel' }, at(ctx));
        applyChanges(ctx, order, after);
        return orderDetails(after);
      },
      view: (ctx, argument: { readonly shopperId: string }): OrderDetails =>
        orderDetails(orderOfShopper(ctx, parse(shopperArgument, argument).shopperId)),
      /** Whether the order of a checkout exists. */
      submission(ctx, argument: { readonly shopperId: string; readonly checkoutId: string }): Submission {
        const { shopperId, checkoutId } = parse(submissionArgument, argument);
        const { order } = ctx.state;
        if (order === null) return { state: 'none' };
        const isTheirs = order.shopperId === shopperId && (order.checkoutId ?? checkoutId) === checkoutId;
        return { state: isTheirs ? 'yours' : 'taken' };
      },
      /** All its records again, for a projection that has missed some. */
      events(ctx): readonly OrderRecord[] {
        const order = read(ctx);
        return order === null ? [] : order.changes.map((change) => recordOf(order, change));
      },
      /** Sends the command again that closes its reservation, when there is one. */
      repeatStockCommand(ctx): void {
        const order = read(ctx);
        const command = order?.changes
          .flatMap(({ commands }) => commands)
          .findLast((each) => closingCommands.includes(each));
        if (order !== null && command !== undefined) ctx.publish(commandMessage(order, command));
      },
    },
    reminders: {
      ...Object.fromEntries(
        Object.values(timeouts).map(({ reminder, input }) => [reminder, (ctx: OrderContext) => advance(ctx, input)]),
      ),
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
    detail: `${amount} ${currency} were ${movement} for order ${orderId}, whose total is ${total.amount} ${total.currency}.`,
  });

function tooLate(order: Order, status: OrderStatus) {
  if (paidStatuses.has(status)) return conflict('too-late', 'It has left the house, so it can no longer be cancelled.');
  const detail = isSettled(order)
    ? 'It has ended already and nothing was charged.'
    : 'It has ended already. Whatever was charged comes back to you.';
  return conflict('too-late', detail);
}
