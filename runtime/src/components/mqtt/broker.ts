import { createHash } from 'node:crypto';
import { topicUnusable } from '#blocks/pubsub/errors.ts';
import type { Broker } from '#blocks/pubsub/broker.ts';
import { parseBoolean } from '#core/component-settings.ts';
import type { Factory } from '#core/component.ts';
import { openSubscriptions } from '#core/open-subscriptions.ts';
import { redeliveryDelay } from '#core/redelivery.ts';
import { connectMqtt } from './connection.ts';
import { mqttSettings } from './settings.ts';
import { mqttSubscription } from './subscription.ts';

/**
 * `pubsub.mqtt3`. Each subscription is a persistent session under the consumer's name: the broker stores messages while it is
 * disconnected. Two clients with one name would disconnect each other: replicas subscribe to `$share/group/topic` instead.
 */
export const mqttBroker: Factory<Broker> = async (context) => {
  const { random } = context;
  const settings = mqttSettings(context);
  const clientId = `${settings.consumerId || context.appId}-${random.hex(6)}-producer`;
  const publisher = await connectMqtt(context, settings, { clientId, clean: true });
  const open = openSubscriptions();

  return {
    features: ['SUBSCRIBE_WILDCARDS'],
    async publish(_call, { topic, data, metadata }) {
      if (topic === '' || /[#+\0]/.test(topic)) throw topicUnusable(topic, 'a publish needs one topic, without # or +');
      const retain = booleanOf(metadata, 'retain') ?? settings.retain;
      await publisher.publish(topic, data, { retain });
    },
    async subscribe({ topic, consumer, metadata }, handler) {
      if (topic === '' || topic.includes('\0')) throw topicUnusable(topic, 'it is empty, or contains a NUL character');
      const subscription = await mqttSubscription(context, settings, {
        topic,
        clientId: clientIdOf(consumer, topic),
        unsubscribesOnClose: booleanOf(metadata, 'unsubscribeOnClose') ?? false,
        async handle(message) {
          const incoming = {
            topic: message.topic,
            data: message.data,
            metadata: { retained: String(message.isRetained) },
            attempt: message.attempt,
          };
          const outcome = await handler(incoming);
          if (outcome !== 'retry') return { outcome };
          return { outcome, afterMs: redeliveryDelay(message.attempt, random) };
        },
      });
      return open.add(subscription);
    },
    async close() {
      await open.closeAll();
      await publisher.close();
    },
  };
};

/** Of a request's metadata; undefined when it is not set. */
function booleanOf(metadata: Readonly<Record<string, string>>, name: string): boolean | undefined {
  const text = metadata[name];
  if (!text) return undefined;
  const value = parseBoolean(text);
  if (value === undefined) throw new TypeError(`${name} is '${text}', it should be true or false`);
  return value;
}

/** Each subscription has its own session, and each session its own client id. */
function clientIdOf(consumer: string, topic: string): string {
  return `${consumer}-${createHash('sha256').update(topic).digest('hex').slice(0, 12)}`;
}
