import type { Subscription } from '@outrigger/sdk';
import { topics } from '@tidewater/contracts/topics.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import type { PaymentHandler } from '../commands/payment-handler.ts';

/** Carries out the payment commands of orders. A message is redelivered while the provider is unavailable. */
export function commandSubscription(handler: PaymentHandler): Subscription {
  return storeSubscription('payment', topics.paymentCommands, {
    charge: ({ id, data }) => handler.handle(id, 'charge', data),
    'unwind-payment': ({ id, data }) => handler.handle(id, 'unwind', data),
  });
}
