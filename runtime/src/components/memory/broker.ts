import type {
  Broker,
  BrokerSubscription,
  IncomingMessage,
  MessageHandler,
  OutgoingMessage,
  SubscribeRequest,
  DeliveryOutcome,
} from '#blocks/pubsub/broker.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import type { ComponentContext } from '#core/component.ts';

interface Subscriber {
  readonly topic: string;
  readonly handler: MessageHandler;
  readonly queue: OutgoingMessage[];
  running: Promise<void> | undefined;
}

/**
 * Topics inside one sidecar: for learning and tests. A message goes to everyone who is subscribed when it is published, and
 * is gone with the process. A subscription to `orders*` hears every topic that begins so. As upstream, consumer names mean
 * nothing, a subscriber gets one message after the other, and what it refuses is logged and gone: a Resiliency resource may
 * ask for further tries.
 */
export function memoryBroker({ clock, log }: ComponentContext): Promise<Broker> {
  const subscribers = new Set<Subscriber>();
  let isClosed = false;

  const pump = (subscriber: Subscriber): void => {
    // nobody is there any more: like any message published to nobody, it is gone
    if (subscriber.running || isClosed || !subscribers.has(subscriber)) return;
    const message = subscriber.queue.shift();
    if (!message) return;
    subscriber.running = handle(subscriber, message).then((outcome) => {
      subscriber.running = undefined;
      if (outcome === 'retry')
        log.debug(
          { topic: message.topic, id: message.id },
          'the message was refused and is gone: topics in memory do not repeat',
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
  // The publisher has its answer before anyone handles the message, as with a real broker.
  await Promise.resolve();
  return handler(incoming);
}

function covers(pattern: string, topic: string): boolean {
  return pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : pattern === topic;
}
