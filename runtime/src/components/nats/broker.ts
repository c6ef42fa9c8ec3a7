import { jetstreamManager } from '@nats-io/jetstream';
import type { Broker } from '#blocks/pubsub/broker.ts';
import type { ComponentContext } from '#core/component.ts';
import { openSubscriptions } from '#core/open-subscriptions.ts';
import { openLink } from './connection.ts';
import { ensureConsumer } from './consumers.ts';
import { isWildcard, usableSubjectOf } from './names.ts';
import { jetstreamPublisher } from './publisher.ts';
import { pullSubscription } from './pull-subscription.ts';
import { jetStreamSettings } from './settings.ts';
import { streamsOf } from './streams.ts';

/** `pubsub.jetstream`. Rejects when the metadata is invalid or no server responds. */
export async function jetstreamBroker(context: ComponentContext): Promise<Broker> {
  const settings = jetStreamSettings(context);
  const link = await openLink(context, settings);
  const { domain, apiPrefix } = settings;
  const manager = await jetstreamManager(link.nats, {
    checkAPI: false,
    timeout: 5000,
    ...(domain ? { domain } : {}),
    ...(apiPrefix ? { apiPrefix } : {}),
  });
  const streams = streamsOf(manager, settings, context.log);
  const publisher = jetstreamPublisher(link, streams, context.clock);
  const open = openSubscriptions();

  return {
    features: [],
    publish: (_call, message) => publisher.publish(message),
    async subscribe({ topic, consumer }, handler) {
      const subject = usableSubjectOf(topic);
      const subscription = await pullSubscription({
        context,
        link,
        settings,
        apiPrefix: apiPrefix ?? (domain ? `$JS.${domain}.API` : '$JS.API'),
        topic: isWildcard(subject) ? undefined : topic,
        subject,
        handler,
        inspect: ({ stream, name }) => manager.consumers.info(stream, name),
        async ensure() {
          streams.forget(subject);
          return ensureConsumer(manager, settings, { stream: await streams.streamFor(subject), subject, consumer });
        },
      });
      return open.add(subscription);
    },
    async close() {
      await open.closeAll();
      publisher.close();
      await link.close();
    },
  };
}
