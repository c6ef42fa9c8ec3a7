import type { Subscription } from '@outrigger/sdk';
import { topics } from '@tidewater/contracts/topics.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import type { PaymentDesk } from './payment-desk.ts';

/** Does what orders ask of payment. An event is delivered again while the provider is unavailable. */
export function orderSubscription(desk: PaymentDesk): Subscription {
  return storeSubscription('payment', topics.orders, {
    'order.changed': async ({ id, data }) => {
      if (data.asks.includes('unwind-payment')) await desk.handle(id, 'unwind', data);
      else if (data.asks.includes('charge')) await desk.handle(id, 'charge', data);
    },
  });
}
