import type { Subscription } from '@outrigger/sdk';
import { topics } from '@tidewater/contracts/topics.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import type { ReadModel } from './read-model.ts';
import type { Orders } from './routes.ts';

/**
 * What orders hear. Each event becomes one call of one order's actor, which knows late and repeated ones; a failed call
 * is a retry.
 */
export function orderSubscriptions(orders: Orders, model: ReadModel): readonly Subscription[] {
  return [
    storeSubscription(topics.carts, {
      'cart.checked-out': ({ data }) => orders.get(data.order.orderId).submit(data.order),
    }),
    storeSubscription(topics.stock, {
      'stock.reserved': ({ data }) => orders.get(data.orderId).stockReserved(),
      'stock.refused': ({ data }) => orders.get(data.orderId).stockRefused(data.missing),
    }),
    storeSubscription(topics.payments, {
      'payment.captured': ({ data }) => orders.get(data.orderId).paymentCaptured(),
      'payment.declined': ({ data }) => orders.get(data.orderId).paymentDeclined(data.reason),
      'payment.refunded': ({ data }) => orders.get(data.orderId).paymentRefunded(),
      'payment.voided': ({ data }) => orders.get(data.orderId).paymentVoided(),
    }),
    storeSubscription(topics.orders, {
      'order.changed': ({ data }) => model.apply(data),
    }),
  ];
}
