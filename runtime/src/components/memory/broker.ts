import type {
  Broker,
  BrokerSubscription,
  IncomingMessage,
  MessageHandler,
  OutgoingMessage,
  SubscribeRequest,
} from '#blocks/pubsub/broker.ts';
import type { DeliveryOutcome } from '#blocks/pubsub/delivery-outcome.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { ComponentContext } from '#core/component.ts';

interface Subscriber {
  readonly topic: string;
  readonly handler: MessageHandler;
  readonly queue: OutgoingMessage[];
  running: Promise<void> | undefined;
}

/**
 * Topics inside one sidecar, for development and tests. A message is delivered to everyone who is subscribed when it is
 * published; nothing is stored. A subscription to `orders*` receives all topics with that prefix. As upstream, consumer
 * names have no effect, a subscriber receives one message at a time, and a message that it rejects is logged and dropped: a
 * Resiliency resource can configure retries.
 */
export function memoryBroker({ clock, log }: ComponentContext): Promise<Broker> {
  const subscribers = new Set<Subscriber>();
  let isClosed = false;

  const pump = (subscriber: Subscriber): void => {
    // the subscriber has left: its messages are dropped, like messages that are published without a subscriber
    if (subscriber.running || isClosed || !subscribers.has(subscriber)) return;
    const message = subscriber.queue.shift();
    if (!message) return;
    subscriber.running = handle(subscriber, message).then((outcome) => {
      subscriber.running = undefined;
      if (outcome === 'retry')
        log.debug(
          { topic: message.topic, id: message.id },
          'message rejected and dropped: the in-memory broker does not redeliver',
        );
      pump(subscriber);
    });
  };

  const addSubscriber = ({ topic }: SubscribeRequest, handler: MessageHandler): BrokerSubscription => {
    const subscriber: Subscriber = { topic, handler, queue: [], running: undefined };
    subscribers.add(subscriber);
    return {
      async close(drainMs) {
        subscribers.delete(subscriber);
        if (subscriber.running) await waitUpTo(clock, drainMs, subscriber.running);
      },
    };
  };

  return Promise.resolve({
    features: ['SUBSCRIBE_WILDCARDS'],
    publish(_call, message) {
      if (isClosed) return Promise.reject(new Error('the broker is closed'));
      for (const subscriber of subscribers) {
        if (!covers(subscriber.topic, message.topic)) continue;
        subscriber.queue.push(message);
        pump(subscriber);
      }
      return Promise.resolve();
    },
    subscribe: (request, handler) => Promise.resolve(addSubscriber(request, handler)),
    close() {
      isClosed = true;
      return Promise.resolve();
    },
  });
}

async function handle({ handler }: Subscriber, message: OutgoingMessage): Promise<DeliveryOutcome> {
  const { topic, data, contentType, metadata } = message;
  const incoming: IncomingMessage = {
    topic,
    data,
    metadata,
    attempt: 1,
    isLastAttempt: true,
    ...(contentType ? { contentType } : {}),
  };
  // The publisher's promise resolves before a subscriber handles the message, as with a real broker.
  await Promise.resolve();
  return handler(incoming);
}

function covers(pattern: string, topic: string): boolean {
  return pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : pattern === topic;
}
