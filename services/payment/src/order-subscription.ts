import type { Subscription } from '@outrigger/sdk';
import { topics } from '@tidewater/contracts/topics.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import type { PaymentHandler } from './payment-handler.ts';

/** Carries out the payment commands of orders. An event is redelivered while the provider is unavailable. */
export function orderSubscription(handler: PaymentHandler): Subscription {
  return storeSubscription('payment', topics.orders, {
    'order.changed': async ({ id, data }) => {
      if (data.asks.includes('unwind-payment')) await handler.handle(id, 'unwind', data);
      else if (data.asks.includes('charge')) await handler.handle(id, 'charge', data);
    },
  });
}
