import { status } from '@grpc/grpc-js';
import type { BrokerFeature, PausableBroker } from '#blocks/pubsub/broker.ts';
import { isAcknowledged } from '#blocks/pubsub/delivery-outcome.ts';
import type { Factory } from '#core/component.ts';
import { PubSub } from '#gen/dapr/proto/components/v1/pubsub_pb.ts';
import { openLink } from './component-link.ts';
import { supportedFeatures } from './features.ts';
import { pull } from './pulled-stream.ts';
import { servicesAt } from './services.ts';
import { statusOf } from './status-error.ts';

const supported: readonly BrokerFeature[] = [
  'MESSAGE_TTL',
  'SUBSCRIBE_WILDCARDS',
  'BULK_PUBLISH',
  'BULK_SUBSCRIBE',
  'BULK_SUBSCRIBE_IMMEDIATE',
];

/** A broker in a separate process. The property `consumerID` identifies the consumer. */
export function pluggableBroker(socket: string): Factory<PausableBroker> {
  return async (context) => {
    const { name, appId, metadata, properties = metadata } = context;
    const services = await servicesAt(socket, context.clock);
    if (!services.has(PubSub.typeName)) throw new TypeError(`the component at ${socket} is not a pub/sub broker`);
    const defaultConsumer = metadata['consumerid'] || appId;
    let features: readonly BrokerFeature[] = [];
    const link = await openLink({
      socket,
      context,
      init: async (request) => {
        const initProperties = metadata['consumerid'] ? properties : { ...properties, consumerID: appId };
        await request(undefined, PubSub.method.init, { metadata: { properties: initProperties } });
        features = supportedFeatures((await request(undefined, PubSub.method.features, {})).features, supported);
      },
    });

    return {
      features,
      async publish(call, { topic, data, contentType, metadata }) {
        const message = { topic, data, contentType, metadata: { ...metadata }, pubsubName: name };
        await link.request(call, PubSub.method.publish, message);
      },
      async subscribe({ topic, consumer, metadata }, handler) {
        const subscriber = consumer === defaultConsumer ? undefined : { consumerID: consumer };
        const subscription = await pull({
          link,
          context,
          method: PubSub.method.pullMessages,
          first: { topic: { name: topic, metadata: { ...subscriber, ...metadata } } },
          handle: async ({ id, data, topicName, contentType, metadata: messageMetadata }) => {
            const plain = { data, metadata: messageMetadata, topic: topicName || topic };
            const outcome = await handler(contentType === '' ? plain : { ...plain, contentType });
            return { ackMessageId: id, ackError: isAcknowledged(outcome) ? undefined : deliverAgain };
          },
        });
        // the component has received the subscription when it responds to a later request
        await link.request(undefined, PubSub.method.ping, {}).catch(() => {});
        return subscription;
      },
      async pause() {
        await link.request(undefined, PubSub.method.pause, {}).catch((cause: unknown) => {
          if (statusOf(cause)?.code !== status.UNIMPLEMENTED) throw cause;
        });
      },
      close() {
        link.close();
        return Promise.resolve();
      },
    };
  };
}

const deliverAgain = { message: 'the message was not handled; deliver it again' };
