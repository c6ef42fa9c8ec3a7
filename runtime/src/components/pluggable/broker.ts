import { status } from '@grpc/grpc-js';
import type { BrokerFeature, PausableBroker } from '#blocks/pubsub/broker.ts';
import type { Factory } from '#core/component.ts';
import { PubSub } from '#gen/dapr/proto/components/v1/pubsub_pb.ts';
import { openLink } from './component-link.ts';
import { knownFeatures } from './features.ts';
import { pull } from './pulled-stream.ts';
import { servicesAt } from './services.ts';
import { statusIn } from './status-error.ts';

const known: readonly BrokerFeature[] = [
  'MESSAGE_TTL',
  'SUBSCRIBE_WILDCARDS',
  'BULK_PUBLISH',
  'BULK_SUBSCRIBE',
  'BULK_SUBSCRIBE_IMMEDIATE',
];

/** A broker in a process of its own. It knows who consumes by the property `consumerID`. */
export function pluggableBroker(socket: string): Factory<PausableBroker> {
  return async (context) => {
    const { name, appId, metadata, properties = metadata } = context;
    const services = await servicesAt(socket, context.clock);
    if (!services.has(PubSub.typeName)) throw new TypeError(`the component at ${socket} is no pub/sub broker`);
    const ownConsumer = metadata['consumerid'] || appId;
    let features: readonly BrokerFeature[] = [];
    const link = await openLink({
      socket,
      context,
      init: async (ask) => {
        const told = metadata['consumerid'] ? properties : { ...properties, consumerID: appId };
        await ask(undefined, PubSub.method.init, { metadata: { properties: told } });
        features = knownFeatures((await ask(undefined, PubSub.method.features, {})).features, known);
      },
    });

    return {
      features,
      async publish(call, { topic, data, contentType, metadata: told }) {
        const message = { topic, data, contentType, metadata: { ...told }, pubsubName: name };
        await link.ask(call, PubSub.method.publish, message);
      },
      async subscribe({ topic, consumer, metadata: told }, handler) {
        const subscriber = consumer === ownConsumer ? undefined : { consumerID: consumer };
        const pulling = await pull({
          link,
          context,
          method: PubSub.method.pullMessages,
          first: { topic: { name: topic, metadata: { ...subscriber, ...told } } },
          handle: async ({ id, data, topicName, contentType, metadata: facts }) => {
            const plain = { data, metadata: facts, topic: topicName || topic };
            const verdict = await handler(contentType === '' ? plain : { ...plain, contentType });
            return { ackMessageId: id, ackError: verdict === 'ack' ? undefined : refused };
          },
        });
        // the component has read of the subscription when it answers what came after it
        await link.ask(undefined, PubSub.method.ping, {}).catch(() => {});
        return pulling;
      },
      async pause() {
        await link.ask(undefined, PubSub.method.pause, {}).catch((cause: unknown) => {
          if (statusIn(cause)?.code !== status.UNIMPLEMENTED) throw cause;
        });
      },
      close() {
        link.close();
        return Promise.resolve();
      },
    };
  };
}

const refused = { message: 'the message was not taken; deliver it again' };
