import type { Recorder } from '#core/activity.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { NewCall } from '#core/new-call.ts';
import type { Policy } from '#core/policy.ts';
import type { SubscriptionResource } from '#core/resource.ts';
import type { Broker, BrokerSubscription } from './broker.ts';
import { pubsubNotFound, subscriptionForbidden } from './errors.ts';
import { bulkHandler } from './bulk-handler.ts';
import { eventHandler } from './event-handler.ts';
import type { EventSink } from './event-sink.ts';
import { retryingSubscription } from './retrying-subscription.ts';
import type { RetryingSubscription } from './retrying-subscription.ts';
import type { BatchLimits } from './message-batches.ts';
import { flagOf } from './message-metadata.ts';
import { noExpressions, routerOf } from './route.ts';
import type { RouteMatcher } from './route.ts';
import { targetsOf } from './targets.ts';
import type { TargetOptions } from './targets.ts';

/** A topic the app subscribes to, from its own response or from a resource file. */
export type TopicSubscription = Omit<SubscriptionResource, 'name' | 'location'>;

export interface ActiveSubscription extends TopicSubscription {
  readonly source: 'declarative' | 'programmatic';
}

export type DiscoverSubscriptions = () => Promise<readonly TopicSubscription[]>;

/** All subscriptions of the app. They are opened when the app is ready and closed when it is not. */
export interface Subscriptions {
  /**
   * Opens all of them: those of `programmatic`, and the declarative ones for other topics. Resolves when each was
   * attempted once; a failed one is retried until `stop`. A second call replaces what was started. An app is queried
   * for its own only once there is a broker to subscribe to.
   */
  start(programmatic: readonly TopicSubscription[] | DiscoverSubscriptions): Promise<void>;
  /** Accepts no new events, waits at most `drainMs` for running deliveries, then aborts them. */
  stop(drainMs: number): Promise<void>;
  /**
   * The resource files have changed: opens new subscriptions, drains removed ones, leaves the others unchanged.
   * Resolves when that is done.
   */
  reloadDeclarative(declared: readonly TopicSubscription[], drainMs: number): Promise<void>;
  /** Components have changed: drains the subscriptions of removed or replaced ones, opens those of new ones. */
  resubscribe(drainMs: number): Promise<void>;
  /** For the metadata API: all that were attempted, also failed ones and those of an app that is unavailable. */
  list(): readonly ActiveSubscription[];
}

export interface SubscriptionsOptions extends TargetOptions {
  readonly declared: readonly TopicSubscription[];
  readonly app: EventSink;
  /** Loads the evaluator of `match`, once a route has one; without it only routes without a match work. */
  readonly matcher?: () => Promise<RouteMatcher>;
  /** The policy for deliveries of a component's events. */
  readonly policyFor?: (pubsubName: string) => Policy | undefined;
  readonly recorder: Recorder;
  readonly newCall: NewCall;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export function topicSubscriptions(options: SubscriptionsOptions): Subscriptions {
  return new TopicSubscriptions(options);
}

class TopicSubscriptions implements Subscriptions {
  readonly #options: OpenOptions;
  #declared: readonly TopicSubscription[];
  /** The app's last list; undefined while it is unavailable. */
  #programmatic: readonly TopicSubscription[] | undefined;
  /** Deferred until there is a broker. */
  #pendingDiscovery: DiscoverSubscriptions | undefined;
  #entries: readonly SubscriptionEntry[] = [];
  /** The subscriptions of an app that is unavailable. */
  #lastKnown: readonly ActiveSubscription[];
  /** Starts and stops run one after the other, in the order of the calls. */
  #lastOperation: Promise<void> = Promise.resolve();

  constructor(options: SubscriptionsOptions) {
    this.#options = { ...options, targetNamed: targetsOf(options) };
    this.#declared = options.declared;
    this.#lastKnown = merged(options.declared, []);
  }

  start(programmatic: readonly TopicSubscription[] | DiscoverSubscriptions): Promise<void> {
    return this.#serialized(() => this.#begin(programmatic));
  }

  stop(drainMs: number): Promise<void> {
    return this.#serialized(() => this.#end(drainMs));
  }

  reloadDeclarative(declared: readonly TopicSubscription[], drainMs: number): Promise<void> {
    return this.#serialized(async () => {
      this.#declared = declared;
      if (this.#programmatic === undefined) this.#lastKnown = merged(declared, []);
      else await this.#change(drainMs);
    });
  }

  resubscribe(drainMs: number): Promise<void> {
    return this.#serialized(async () => {
      if (this.#programmatic === undefined) return;
      await this.#discoverPending();
      await this.#change(drainMs);
    });
  }

  list(): readonly ActiveSubscription[] {
    return this.#programmatic === undefined ? this.#lastKnown : this.#attempted();
  }

  #serialized(work: () => Promise<void>): Promise<void> {
    this.#lastOperation = this.#lastOperation.then(work, work);
    return this.#lastOperation;
  }

  async #begin(source: readonly TopicSubscription[] | DiscoverSubscriptions): Promise<void> {
    await this.#end(0);
    const isDeferred = typeof source === 'function' && this.#options.brokers.size === 0;
    this.#pendingDiscovery = isDeferred ? source : undefined;
    if (isDeferred) this.#programmatic = [];
    else this.#programmatic = typeof source === 'function' ? await source() : source;
    await this.#change(0);
    const topics = this.#entries.flatMap(({ one, subscription }) => (subscription.isOpen ? [nameOf(one)] : []));
    if (topics.length > 0) this.#options.log.info({ topics }, 'app is subscribed');
  }

  async #end(drainMs: number): Promise<void> {
    if (this.#programmatic === undefined) return;
    this.#lastKnown = this.#attempted();
    this.#programmatic = undefined;
    await this.#change(drainMs);
  }

  async #discoverPending(): Promise<void> {
    if (!this.#pendingDiscovery || this.#options.brokers.size === 0) return;
    try {
      this.#programmatic = await this.#pendingDiscovery();
      this.#pendingDiscovery = undefined;
    } catch (cause) {
      this.#options.log.warn({ error: textOf(cause) }, "querying the app's subscriptions failed");
    }
  }

  #attempted(): readonly ActiveSubscription[] {
    return this.#entries.flatMap(({ one, subscription }) => (subscription.wasAttempted ? [one] : []));
  }

  /** Unchanged subscriptions stay open; removed ones are drained while the others continue. */
  async #change(drainMs: number): Promise<void> {
    const removed = new Map(this.#entries.map((one) => [identityOf(one.one), one]));
    const desired = this.#programmatic === undefined ? [] : merged(this.#declared, this.#programmatic);
    const added: ActiveSubscription[] = [];
    const unchanged = new Set<SubscriptionEntry>();
    for (const one of desired) {
      const text = identityOf(one);
      const old = removed.get(text);
      if (!old || old.broker !== this.#brokerOf(one)) {
        added.push(one);
        continue;
      }
      removed.delete(text);
      unchanged.add(old);
    }
    // unchanged ones keep their order, as the reference lists them
    this.#entries = [...this.#entries.filter((one) => unchanged.has(one)), ...added.map((one) => this.#openEntry(one))];
    const closing = [...removed.values()].map(({ subscription }) => subscription.close(drainMs));
    await Promise.all([...closing, ...this.#entries.map(({ subscription }) => subscription.firstAttempt)]);
  }

  #openEntry(one: ActiveSubscription): SubscriptionEntry {
    const options = this.#options;
    const subscription = retryingSubscription({
      logFields: { pubsub: one.pubsubname, topic: one.topic },
      open: (starting, delivering) => openSubscription(one, { starting, delivering }, options),
      clock: options.clock,
      log: options.log,
    });
    return { one, broker: this.#brokerOf(one), subscription };
  }

  #brokerOf({ pubsubname }: TopicSubscription): Broker | undefined {
    return this.#options.brokers.get(pubsubname)?.port;
  }
}

/** Opens one subscription at its broker. Throws when it can never be opened. */
async function openSubscription(
  one: ActiveSubscription,
  signals: Signals,
  options: OpenOptions,
): Promise<BrokerSubscription> {
  const { pubsubname, topic, metadata, deadLetterTopic } = one;
  const target = options.targetNamed(pubsubname);
  if (target === undefined) throw pubsubNotFound(pubsubname);
  if (!target.scopes.maySubscribe(topic)) throw subscriptionForbidden(pubsubname, topic);
  if (deadLetterTopic === topic)
    options.log.warn(
      { event: 'dead-letter-topic-ignored', pubsub: pubsubname, topic },
      'the dead letter topic is the topic itself, which would redeliver a failing event forever: it is ignored, configure another one',
    );
  const routes = routesOf(one);
  const hasMatch = routes.some(({ match }) => match !== '');
  const matcher = (hasMatch ? await options.matcher?.() : undefined) ?? noExpressions;
  const parts = {
    ...options,
    target,
    isRaw: flagOf(pubsubname, metadata, 'rawPayload'),
    route: routerOf(routes, matcher),
    policy: options.policyFor?.(pubsubname),
    signal: signals.delivering,
    ...(deadLetterTopic ? { deadLetterTopic } : {}),
  };
  const handler = one.bulkSubscribe?.enabled
    ? bulkHandler({ ...parts, limits: limitsOf(one.bulkSubscribe, target.broker), ending: signals.starting })
    : eventHandler(parts);
  const request = { topic: target.onBroker(topic), consumer: target.consumer, metadata };
  return target.broker.subscribe(request, handler);
}

interface SubscriptionEntry {
  readonly one: ActiveSubscription;
  /** The broker it was opened on; undefined when there was no such component. */
  readonly broker: Broker | undefined;
  readonly subscription: RetryingSubscription;
}

type OpenOptions = SubscriptionsOptions & { readonly targetNamed: ReturnType<typeof targetsOf> };

interface Signals {
  readonly starting: AbortSignal;
  readonly delivering: AbortSignal;
}

/**
 * The app's own subscription to a topic replaces that of a resource file. Of two files for one topic the first applies,
 * of two entries of the app the last.
 */
function merged(
  declared: readonly TopicSubscription[],
  programmatic: readonly TopicSubscription[],
): readonly ActiveSubscription[] {
  const all = new Map<string, ActiveSubscription>();
  for (const subscription of declared) {
    const key = nameOf(subscription);
    if (!all.has(key)) all.set(key, { ...subscription, source: 'declarative' });
  }
  for (const subscription of programmatic) all.set(nameOf(subscription), { ...subscription, source: 'programmatic' });
  return [...all.values()];
}

/** The same text for equal subscriptions, wherever they are declared. */
function identityOf(one: ActiveSubscription): string {
  const { pubsubname, topic, metadata, deadLetterTopic, rules, defaultRoute, bulkSubscribe, source } = one;
  return JSON.stringify([pubsubname, topic, metadata, deadLetterTopic, rules, defaultRoute, bulkSubscribe, source]);
}

function nameOf({ pubsubname, topic }: TopicSubscription): string {
  return `${pubsubname}/${topic}`;
}

function routesOf({ rules, defaultRoute }: TopicSubscription): readonly { match: string; path: string }[] {
  return defaultRoute === undefined ? rules : [...rules, { match: '', path: defaultRoute }];
}

/** Dapr's defaults when the subscription does not set them. */
function limitsOf(
  { maxMessagesCount, maxAwaitDurationMs }: NonNullable<TopicSubscription['bulkSubscribe']>,
  { features }: Pick<Broker, 'features'>,
): BatchLimits {
  if (features.includes('BULK_SUBSCRIBE_IMMEDIATE')) return { maxCount: 1, maxWaitMs: 0 };
  return { maxCount: maxMessagesCount || 100, maxWaitMs: maxAwaitDurationMs || 1000 };
}
