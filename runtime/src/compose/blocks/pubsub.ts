import { isPausable } from '#blocks/pubsub/broker.ts';
import { pubsubBlock } from '#blocks/pubsub/pubsub.ts';
import type { PubSubBlock } from '#blocks/pubsub/pubsub.ts';
import { streamedSubscriptions } from '#blocks/pubsub/streamed-subscriptions.ts';
import type { StreamedSubscriptions } from '#blocks/pubsub/streamed-subscriptions.ts';
import { topicSubscriptions } from '#blocks/pubsub/subscriptions.ts';
import type { Subscriptions } from '#blocks/pubsub/subscriptions.ts';
import { textOf } from '#core/errors.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import { eventSinkFor } from '../app-protocol.ts';
import { commonOptions } from './block-options.ts';
import type { BlockOptions } from './block-options.ts';

interface PubSub {
  readonly pubsub: PubSubBlock;
  /** Undefined when the sidecar has no app. */
  readonly subscriptions: Subscriptions | undefined;
  readonly streams: StreamedSubscriptions;
}

export function makePubSub(options: BlockOptions): PubSub {
  const { channel, components, dependencies, policies, resources } = options;
  const { log } = dependencies;
  const common = { ...commonOptions(options), brokers: components.brokers };
  const subscriptionOptions = {
    ...common,
    matcher: async () => (await import('#components/cel/expressions.ts')).celRouteMatcher(),
    policyFor: (name: string) => policies.inbound(name, 'Pubsub'),
    log: log.scoped('dapr.runtime.processor.subscription'),
  };
  return {
    pubsub: pubsubBlock({ ...common, log: log.scoped('dapr.runtime.pubsub') }),
    subscriptions:
      channel &&
      topicSubscriptions({ ...subscriptionOptions, declared: resources.subscriptions, app: eventSinkFor(channel) }),
    streams: streamedSubscriptions(subscriptionOptions),
  };
}

/** A broker that does not respond must not block the stop. */
const pauseLimitMs = 1000;

/** Pauses the brokers that support it: they deliver nothing new. */
export async function pauseBrokers({ components, dependencies }: BlockOptions): Promise<void> {
  const { clock, log } = dependencies;
  const pauses = [...components.brokers.values()].map(async ({ name, port }) => {
    const pausing = isPausable(port) ? port.pause() : Promise.resolve();
    const logFailure = (cause: unknown): void =>
      log.warn({ component: name, error: textOf(cause) }, 'pausing the broker failed');
    await waitUpTo(clock, pauseLimitMs, pausing.catch(logFailure));
  });
  await Promise.all(pauses);
}
