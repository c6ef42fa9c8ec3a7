import { topicUnusable } from '#blocks/pubsub/errors.ts';
import type { Broker } from '#blocks/pubsub/broker.ts';
import type { ComponentContext } from '#core/component.ts';
import { openSubscriptions } from '#core/open-subscriptions.ts';
import { brokerSettings } from './broker-settings.ts';
import { openRedis } from './connection.ts';
import { redisSettings } from './settings.ts';
import { fieldsOf } from './stream-entry.ts';
import { streamSubscription } from './stream-subscription.ts';

/** `pubsub.redis`: a topic is a stream, a consumer a group. Rejects when the metadata is invalid or no server responds. */
export async function redisBroker(context: ComponentContext): Promise<Broker> {
  const settings = redisSettings(context);
  const streamSettings = brokerSettings(context);
  const link = await openRedis(context, settings);
  const open = openSubscriptions();

  const trimming = (): (string | number)[] => {
    switch (streamSettings.trim.by) {
      case 'nothing':
        return [];
      case 'length':
        return ['MAXLEN', '~', streamSettings.trim.length];
      case 'age':
        return ['MINID', '~', `${Math.max(0, Math.floor(context.clock.now() - streamSettings.trim.ageMs))}-1`];
    }
  };

  return {
    features: [],
    async publish(_call, message) {
      if (message.topic === '') throw topicUnusable('', 'it is empty');
      const fields = fieldsOf(message);
      await link.write((client) => client.xadd(message.topic, ...trimming(), '*', ...fields));
    },
    async subscribe({ topic, consumer }, handler) {
      const subscription = await streamSubscription({
        context,
        link,
        openReader: (blockMs) => openRedis(context, settings, { blockMs }),
        settings: streamSettings,
        topic,
        group: consumer,
        handler,
      });
      return open.add(subscription);
    },
    async close() {
      await open.closeAll();
      await link.close();
    },
  };
}
