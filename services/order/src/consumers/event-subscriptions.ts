import type { Subscription } from '@outrigger/sdk';
import { topics } from '@tidewater/contracts/topics.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import type { ProjectionRepair } from '../queries/projection-repair.ts';
import type { OrderProjection } from '../queries/projection.ts';
import type { Orders } from '../commands/order-actor.ts';

const app = 'order';

/**
 * Each event becomes one call of one order's actor, which recognises late and repeated ones; a call that fails is retried,
 * unless the order rejects the event's content. Its own records update the projection.
 */
export function orderSubscriptions(
  orders: Orders,
  projection: Pick<OrderProjection, 'project'>,
  repair: Pick<ProjectionRepair, 'correct'>,
): readonly Subscription[] {
  return [
    storeSubscription(app, topics.carts, {
      'cart.checked-out': ({ data }) => orders.get(data.order.orderId).submit(data.order),
    }),
    storeSubscription(app, topics.stock, {
      'stock.reserved': ({ data }) => orders.get(data.orderId).stockReserved(),
      'stock.rejected': ({ data }) => orders.get(data.orderId).stockRejected(data),
    }),
    storeSubscription(app, topics.payments, {
      'payment.captured': ({ data }) => orders.get(data.orderId).paymentCaptured(data),
      'payment.declined': ({ data }) => orders.get(data.orderId).paymentDeclined(data),
      'payment.refunded': ({ data }) => orders.get(data.orderId).paymentRefunded(data),
      'payment.voided': ({ data }) => orders.get(data.orderId).paymentVoided(),
    }),
    storeSubscription(app, topics.orderRecords, {
      'order.recorded': async ({ data }) => {
        if (!(await projection.project(data))) await repair.correct(data.orderId);
      },
    }),
  ];
}
