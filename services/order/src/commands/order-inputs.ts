import type { CardSummary, OrderRecord, OrderRequest } from '@tidewater/contracts/events.ts';
import type { Money } from '@tidewater/contracts/money.ts';
import { orderRequest } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { parse } from '@tidewater/kit/schema.ts';
import { isOrderTotal } from '../domain/order.ts';
import { rejectedOrder, submitOrder } from '../domain/order-process.ts';
import type { Order, OrderContent } from '../domain/order-state.ts';
import {
  capturedArgument,
  declinedArgument,
  failureArgument,
  refundedArgument,
  rejectedArgument,
  shopperArgument,
} from '../schema/order-arguments.ts';
import { membersOf, validOr, validParts } from '../schema/valid-parts.ts';
import { invalidOrder, wrongAmount } from './order-problems.ts';
import { turnTimestamp } from './order-turns.ts';
import type { OrderContext, OrderTurns } from './order-turns.ts';

type Missing = NonNullable<OrderRecord['missing']>;

/** The messages of other services, each an input to the transition table. They may arrive late, twice and in any order. */
export function orderInputs({ applyChanges, advance }: Pick<OrderTurns, 'applyChanges' | 'advance'>) {
  /** Throws a 422, so that the event becomes a dead letter; the order still waits and repeats its command. */
  const expectTotal = (ctx: OrderContext, movement: string, amount: Money): void => {
    const { order } = ctx.state;
    if (order !== null && !isOrderTotal(order, amount)) throw wrongAmount(order, movement, amount);
  };

  return {
    /** An order number of another checkout changes nothing: the cart learns that from `submission`. */
    submit(ctx: OrderContext, request: OrderRequest): void {
      const order = newOrder({ ...parse(orderRequest, request, 'The order'), orderId: ctx.id }, turnTimestamp(ctx));
      if (ctx.state.order === null) applyChanges(ctx, null, order);
    },
    /** An order whose request can never be processed is rejected as soon as it exists, so that its checkout and shopper see an end. */
    submitUnprocessable(ctx: OrderContext, argument: { readonly shopperId: string; readonly order: unknown }): void {
      const { shopperId } = parse(shopperArgument, argument);
      if (ctx.state.order !== null) return;
      const checkoutId = validOr(id, membersOf(argument.order)['checkoutId'], undefined);
      const content: OrderContent = {
        orderId: parse(id, ctx.id),
        shopperId,
        ...(checkoutId !== undefined && { checkoutId }),
        ...validParts(argument.order),
      };
      applyChanges(ctx, null, rejectedOrder(content, 'invalid order request', turnTimestamp(ctx)));
    },
    stockReserved: (ctx: OrderContext): void => advance(ctx, { kind: 'stock-reserved' }),
    stockRejected(ctx: OrderContext, argument: { readonly missing: Missing }): void {
      advance(ctx, { kind: 'stock-rejected', ...parse(rejectedArgument, argument) });
    },
    paymentCaptured(ctx: OrderContext, argument: { readonly amount: Money; readonly card?: CardSummary }): void {
      const { amount, card } = parse(capturedArgument, argument);
      expectTotal(ctx, 'captured', amount);
      advance(ctx, { kind: 'payment-captured', amount, card });
    },
    paymentDeclined(ctx: OrderContext, argument: { readonly reason: string; readonly card?: CardSummary }): void {
      advance(ctx, { kind: 'payment-declined', ...parse(declinedArgument, argument) });
    },
    paymentRefunded(ctx: OrderContext, argument: { readonly amount: Money }): void {
      const { amount } = parse(refundedArgument, argument);
      expectTotal(ctx, 'refunded', amount);
      advance(ctx, { kind: 'payment-refunded', amount });
    },
    paymentVoided: (ctx: OrderContext): void => advance(ctx, { kind: 'payment-voided' }),
    processingFailed(ctx: OrderContext, argument: { readonly reason: string; readonly service: string }): void {
      advance(ctx, { kind: 'processing-failed', ...parse(failureArgument, argument) });
    },
  };
}

function newOrder(content: OrderContent, submittedAt: string): Order {
  try {
    return submitOrder(content, submittedAt);
  } catch (error) {
    throw invalidOrder(error);
  }
}
