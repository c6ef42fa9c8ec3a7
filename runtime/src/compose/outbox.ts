import type { Broker } from '#blocks/pubsub/broker.ts';
import type { PubSubBlock } from '#blocks/pubsub/pubsub.ts';
import type { OutboxChannel } from '#blocks/state/outbox.ts';
import { cloudEventContentType } from '#core/cloud-event.ts';
import type { Loaded } from '#core/component.ts';

/** The limit for draining events when the sidecar stops; the rest is redelivered. */
const drainMs = 2000;

/**
 * The outbox's channel through pub/sub. Its internal topic is private, so it bypasses all scopes; the events for others
 * are published as an app publishes.
 */
export function outboxChannel(options: {
  readonly appId: string;
  /** By component name. May change at run time. */
  readonly brokers: ReadonlyMap<string, Loaded<Broker>>;
  readonly pubsub: PubSubBlock;
}): OutboxChannel {
  const { appId, brokers, pubsub } = options;
  return {
    async send(call, pubsubName, { topic, id, data }) {
      const broker = brokers.get(pubsubName)?.port;
      if (!broker) throw new TypeError(`pubsub ${pubsubName} is not found`);
      await broker.publish(call, { id, topic, data, contentType: cloudEventContentType, metadata: {} });
    },
    publish: (call, pubsubName, { topic, data }) =>
      pubsub.publish(call, { pubsubName, topic, data, dataContentType: cloudEventContentType }),
    async receive(pubsubName, topic, handle) {
      const component = brokers.get(pubsubName);
      if (!component) return undefined;
      const consumer = component.metadata['consumerid'] || appId;
      const subscription = await component.port.subscribe({ topic, consumer, metadata: {} }, async ({ data }) =>
        (await handle(data)) ? 'success' : 'retry',
      );
      return { close: () => subscription.close(drainMs) };
    },
  };
}
