import type { CloudEvent, Subscription } from '@outrigger/sdk';
import { apps } from '@tidewater/contracts/apps.ts';
import { deadLetterTopicOf, pubsub } from '@tidewater/contracts/topics.ts';
import { isPermanent, loggableId } from '@tidewater/kit/failures.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import type { Orders } from '../commands/order-actor.ts';
import { consequenceOf, deadLetterOf } from './dead-letter.ts';
import type { DeadLetterRepository } from './repository.ts';

export interface DeadLetterSubscriptionsOptions {
  readonly context: Pick<ServiceContext, 'clock' | 'log' | 'metrics'>;
  readonly orders: Orders;
  readonly deadLetters: DeadLetterRepository;
}

/**
 * Pattern: dead letter channel. Stores the dead letters of every app, and ends the orders that cannot be processed. These
 * subscriptions have no dead letter topic: transient failures are redelivered, permanent ones are logged and acknowledged.
 */
export function deadLetterSubscriptions(options: DeadLetterSubscriptionsOptions): readonly Subscription[] {
  const { log, metrics } = options.context;
  return apps.map((app) => ({
    pubsub,
    topic: deadLetterTopicOf(app),
    handlers: {},
    async defaultHandler(event) {
      try {
        await receive(app, event, options);
      } catch (error) {
        if (!isPermanent(error)) throw error;
        metrics.count('store_dead_letters_lost_total', 'Dead letters that could not be stored.');
        const ids = { eventId: loggableId(event.id), eventType: loggableId(event.type) };
        log.error(
          { event: 'dead-letter-lost', consumer: app, ...ids, error },
          'a dead letter can never be processed and is acknowledged',
        );
      }
    },
  }));
}

async function receive(app: string, event: CloudEvent, options: DeadLetterSubscriptionsOptions): Promise<void> {
  const { context, orders, deadLetters } = options;
  const deadLetter = deadLetterOf(app, event);
  const isNew = await deadLetters.add(deadLetter, new Date(context.clock.now()));
  const { topic, eventId, eventType, orderId, attempts, reason } = deadLetter;
  if (isNew) {
    context.metrics.count('store_dead_letters_total', 'Dead letters by the app that could not process the event.', {
      consumer: app,
    });
    const ids = { eventId: loggableId(eventId), eventType: loggableId(eventType), orderId: loggableId(orderId) };
    const fields = { event: 'dead-letter-stored', consumer: app, topic: loggableId(topic), ...ids, attempts, reason };
    context.log.error(fields, 'an event could not be processed and is stored as a dead letter');
  }
  // Also for one that is stored already: the process may have died in between, and an order ends once only.
  const consequence = consequenceOf(deadLetter, event);
  switch (consequence.kind) {
    case 'none':
      return;
    case 'end order':
      return orders.get(consequence.orderId).processingFailed({ reason, service: app });
    case 'reject request': {
      const { shopperId, order } = consequence;
      return orders.get(consequence.orderId).submitUnprocessable({ shopperId, order });
    }
  }
}
