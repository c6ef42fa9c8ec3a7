import type { Broker } from '#blocks/pubsub/broker.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import { openSubscriptions } from '#core/open-subscriptions.ts';
import { type BrokerSettings, brokerSettings } from './broker-settings.ts';
import { type RabbitLink, openRabbit } from './connection.ts';
import { rabbitConsumer } from './consumer.ts';
import { metadataOf, namedProperties, priorityOf, ttlMsOf } from './message-properties.ts';
import type { RabbitMessage } from './publish-channel.ts';
import { rabbitPublisher } from './publisher.ts';
import { checkTopic, declareQueue, declareTopic, queueNameOf, routingKeyOf } from './topology.ts';

/**
 * `pubsub.rabbitmq`: a topic is an exchange, a consumer's subscription to it a queue. Publishing has a separate connection:
 * a broker that is short of memory blocks publishing connections, and acknowledgements must still be sent.
 */
export const rabbitBroker: Factory<Broker> = async (context) => {
  const { name } = context;
  const settings = brokerSettings(context);
  const publishing = await openRabbit(context, settings.connection);
  const open = openSubscriptions();
  let consuming: Promise<RabbitLink> | undefined;
  const publisher = rabbitPublisher({
    context,
    link: publishing,
    isConfirmed: settings.isConfirmed,
    declare: (channel, topic) => declareTopic(channel, settings, topic),
  });

  const consumingLink = (): Promise<RabbitLink> => {
    if (consuming) return consuming;
    const opening = openRabbit(context, settings.connection);
    consuming = opening;
    opening.catch(() => (consuming = undefined));
    return opening;
  };

  return {
    features: ['MESSAGE_TTL'],
    async publish(_call, { topic, data, metadata }) {
      checkTopic(topic);
      const properties = propertiesOf(context, settings, topic, metadata);
      await publisher.publish({ exchange: topic, routingKey: routingKeyOf(metadata), data, properties });
    },
    async subscribe({ topic, consumer, metadata }, handler) {
      checkTopic(topic);
      const queue = queueNameOf(topic, consumer, metadata);
      const subscription = await rabbitConsumer({
        context,
        link: await consumingLink(),
        fields: { component: name, topic, queue },
        queue,
        declare: (channel) => declareQueue(channel, settings, { topic, queue, metadata }),
        prefetch: settings.prefetch,
        concurrency: settings.concurrency,
        isAutoAck: settings.isAutoAck,
        isRequeued: settings.isRequeued,
        handle: (delivery) =>
          handler({
            topic,
            data: delivery.message.content,
            metadata: settings.passesProperties ? metadataOf(delivery.message) : {},
            attempt: delivery.attempt,
            get isLastAttempt() {
              return delivery.isLastAttempt;
            },
            ...(settings.concurrency === 1 ? {} : { waits: (isWaiting: boolean) => delivery.waits(isWaiting) }),
          }),
      });
      return open.add(subscription);
    },
    async close() {
      await open.closeAll();
      await Promise.all([
        publishing.close(),
        consuming?.then(
          (link) => link.close(),
          () => {},
        ),
      ]);
    },
  };
};

/** As upstream, an invalid time to live or priority is logged and ignored. */
function propertiesOf(
  { log, name }: ComponentContext,
  settings: BrokerSettings,
  topic: string,
  metadata: Readonly<Record<string, string>>,
): RabbitMessage['properties'] {
  const ignoreInvalid = <T>(read: () => T | undefined): T | undefined => {
    try {
      return read();
    } catch (cause) {
      log.warn({ component: name, topic, error: textOf(cause) }, 'publish metadata ignored');
      return undefined;
    }
  };
  const ttlMs = ignoreInvalid(() => ttlMsOf(metadata)) ?? settings.ttlMs;
  const priority = ignoreInvalid(() => priorityOf(metadata));
  return {
    contentType: 'text/plain',
    ...(settings.deliveryMode === 0 ? {} : { deliveryMode: settings.deliveryMode }),
    ...(ttlMs === undefined ? {} : { expiration: String(ttlMs) }),
    ...(priority === undefined ? {} : { priority }),
    ...namedProperties(metadata),
  };
}
