import type { OrderRecord } from '@tidewater/contracts/events.ts';
import type { OrderDetails } from '@tidewater/contracts/orders.ts';
import { parse } from '@tidewater/kit/schema.ts';
import { canCancel, statusOf } from '../domain/order.ts';
import { orderDetails } from '../domain/order-details.ts';
import { advanceOrder } from '../domain/order-process.ts';
import type { Order } from '../domain/order-state.ts';
import { shopperArgument, submissionArgument } from '../schema/order-arguments.ts';
import { commandMessage, recordOf } from './order-messages.ts';
import { orderNotFound, tooLateToCancel } from './order-problems.ts';
import { turnTimestamp } from './order-turns.ts';
import type { OrderContext, OrderTurns } from './order-turns.ts';

/** `yours`: the order of this checkout exists. `taken`: the number belongs to another checkout. */
export interface CheckoutMatch {
  readonly state: 'none' | 'yours' | 'taken';
}

/** What a shopper, and the service's own background checks, request of an order. */
export function orderRequests({ read, orderForChange, applyChanges }: OrderTurns) {
  const orderOfShopper = (ctx: OrderContext, shopperId: string): Order => {
    const order = read(ctx);
    if (order === null || order.shopperId !== shopperId) throw orderNotFound(ctx.id);
    return order;
  };

  return {
    /** Throws 404 for others' orders and 409 when it is too late. Cancelling twice is once. */
    cancel(ctx: OrderContext, argument: { readonly shopperId: string }): OrderDetails {
      orderForChange(ctx);
      const order = orderOfShopper(ctx, parse(shopperArgument, argument).shopperId);
      const status = statusOf(order);
      if (status !== 'cancelled' && status !== 'refunded' && !canCancel(status)) throw tooLateToCancel(order, status);
      const after = advanceOrder(order, { kind: 'cancel' }, turnTimestamp(ctx));
      applyChanges(ctx, order, after);
      return orderDetails(after);
    },
    view: (ctx: OrderContext, argument: { readonly shopperId: string }): OrderDetails =>
      orderDetails(orderOfShopper(ctx, parse(shopperArgument, argument).shopperId)),
    /** Whether the order of a checkout exists. */
    submission(
      ctx: OrderContext,
      argument: { readonly shopperId: string; readonly checkoutId: string },
    ): CheckoutMatch {
      const { shopperId, checkoutId } = parse(submissionArgument, argument);
      const { order } = ctx.state;
      if (order === null) return { state: 'none' };
      const isTheirs = order.shopperId === shopperId && (order.checkoutId ?? checkoutId) === checkoutId;
      return { state: isTheirs ? 'yours' : 'taken' };
    },
    /** All its records again, for a projection that has missed some. */
    events(ctx: OrderContext): readonly OrderRecord[] {
      const order = read(ctx);
      return order === null ? [] : order.changes.map((change) => recordOf(order, change));
    },
    /** Sends the command again that closes its reservation, when there is one. */
    repeatStockCommand(ctx: OrderContext): void {
      const order = read(ctx);
      const command = order?.changes
        .flatMap(({ commands }) => commands)
        .findLast((each) => closingCommands.includes(each));
      if (order !== null && command !== undefined) ctx.publish(commandMessage(order, command));
    },
  };
}

/** These close the order's reservation; catalog does not respond to them. */
const closingCommands: readonly string[] = ['release-stock', 'commit-stock', 'restock'];
