import type { Subscription } from '@outrigger/sdk';
import { topics } from '@tidewater/contracts/topics.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import type { ProjectionRepair } from './projection-repair.ts';
import type { OrderProjection } from './projection.ts';
import type { Orders } from './routes.ts';

const app = 'order';

/**
 * What orders react to. Each event becomes one call of one order's actor, which recognises late and repeated ones; a call
 * that fails is repeated, unless the order rejects the event's content.
 */
export function orderSubscriptions(
  orders: Orders,
  projection: Pick<OrderProjection, 'apply'>,
  repair: Pick<ProjectionRepair, 'correct'>,
): readonly Subscription[] {
  return [
    storeSubscription(app, topics.carts, {
      'cart.checked-out': ({ data }) => orders.get(data.order.orderId).submit(data.order),
    }),
    storeSubscription(app, topics.stock, {
      'stock.reserved': ({ data }) => orders.get(data.orderId).stockReserved(),
      'stock.refused': ({ data }) => orders.get(data.orderId).stockRefused(data),
    }),
    storeSubscription(app, topics.payments, {
      'payment.captured': ({ data }) => orders.get(data.orderId).paymentCaptured(data),
      'payment.declined': ({ data }) => orders.get(data.orderId).paymentDeclined(data),
      'payment.refunded': ({ data }) => orders.get(data.orderId).paymentRefunded(data),
      'payment.voided': ({ data }) => orders.get(data.orderId).paymentVoided(),
    }),
    storeSubscription(app, topics.orders, {
      'order.changed': async ({ data }) => {
        if (!(await projection.apply(data))) await repair.correct(data.orderId);
      },
    }),
  ];
}
