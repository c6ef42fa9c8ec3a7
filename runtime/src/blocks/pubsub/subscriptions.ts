import type { Recorder } from '#core/activity.ts';
import type { Chance } from '#core/chance.ts';
import { sleep } from '#core/clock.ts';
import type { Clock } from '#core/clock.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { Policy } from '#core/policy.ts';
import type { SubscriptionResource } from '#core/resource.ts';
import type { BrokerSubscription } from './broker.ts';
import { pubsubNotFound, subscriptionForbidden } from './errors.ts';
import { bulkHandler } from './bulk-handler.ts';
import { eventHandler } from './event-handler.ts';
import type { EventSink } from './event-sink.ts';
import type { BatchLimits } from './message-batches.ts';
import { flagOf } from './message-metadata.ts';
import { noExpressions, routerOf } from './route.ts';
import type { RouteMatcher } from './route.ts';
import { targetsOf } from './targets.ts';
import type { TargetOptions } from './targets.ts';

/** What an app wants to hear, from its own answer or from a resource file. */
export type TopicSubscription = Omit<SubscriptionResource, 'name' | 'place'>;

export interface ActiveSubscription extends TopicSubscription {
  readonly source: 'declarative' | 'programmatic';
}

/** All subscriptions of the app. They come when the app is ready and go when it is not. */
export interface Subscriptions {
  /**
   * Begins all of them: those of `programmatic`, and the declared ones for other topics. Resolves when each
   * was tried once; one that failed is tried again until `stop`. Calling it again replaces what was started.
   */
  start(programmatic: readonly TopicSubscription[]): Promise<void>;
  /** Takes no new events, waits at most `drainMs` for deliveries under way, then breaks them off. */
  stop(drainMs: number): Promise<void>;
  /** For the metadata API: all that were tried, also those that could not be opened and those of an app that is away. */
  wanted(): readonly ActiveSubscription[];
}

export interface SubscriptionsOptions extends TargetOptions {
  readonly declared: readonly TopicSubscription[];
  readonly app: EventSink;
  /** Brings what evaluates `match`, once a route has one; without it only routes without a match work. */
  readonly matcher?: () => Promise<RouteMatcher>;
  /** What surrounds deliveries of a component's events. */
  readonly policyFor?: (pubsubName: string) => Policy | undefined;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
}

interface Run {
  readonly up: Map<ActiveSubscription, BrokerSubscription>;
  /** Ends waiting for another try. */
  readonly starting: AbortController;
  /** Ends deliveries that outlast the drain. */
  readonly delivering: AbortController;
  /** Tries that go on behind `start`. */
  readonly tries: Set<Promise<void>>;
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;

export function topicSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { declared, clock, log } = options;
  const targetNamed = targetsOf(options);
  let run: Run | undefined;
  let wanted: readonly ActiveSubscription[] = [];
  /** Those that are up or have failed at least once. */
  let tried = new Set<ActiveSubscription>();
  /** Starts and stops follow each other, however they were called. */
  let turn: Promise<void> = Promise.resolve();

  const open = async (one: ActiveSubscription, into: Run): Promise<void> => {
    const { pubsubname, topic, metadata, deadLetterTopic } = one;
    const target = targetNamed(pubsubname);
    if (target === undefined) throw pubsubNotFound(pubsubname);
    if (!target.scopes.maySubscribe(topic)) throw subscriptionForbidden(pubsubname, topic);
    const routes = routesOf(one);
    const hasMatch = routes.some(({ match }) => match !== '');
    const matcher = (hasMatch ? await options.matcher?.() : undefined) ?? noExpressions;
    const parts = {
      ...options,
      target,
      isRaw: flagOf(pubsubname, metadata, 'rawPayload'),
      route: routerOf(routes, matcher),
      policy: options.policyFor?.(pubsubname),
      signal: into.delivering.signal,
      ...(deadLetterTopic ? { deadLetterTopic } : {}),
    };
    const handler = one.bulkSubscribe?.enabled
      ? bulkHandler({ ...parts, limits: limitsOf(one.bulkSubscribe), ending: into.starting.signal })
      : eventHandler(parts);
    const request = { topic: target.onBroker(topic), consumer: target.consumer, metadata };
    const subscription = await target.broker.subscribe(request, handler);
    if (into.starting.signal.aborted) await subscription.close(0);
    else into.up.set(one, subscription);
  };

  /** Resolves after the first try. */
  const keepOpening = (one: ActiveSubscription, into: Run): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { signal } = into.starting;
    const work = async (): Promise<void> => {
      for (let attempt = 1; !signal.aborted; attempt++) {
        try {
          await open(one, into).finally(() => tried.add(one));
          return;
        } catch (cause) {
          const facts = { pubsub: one.pubsubname, topic: one.topic, attempt, error: textOf(cause) };
          if (isFinal(cause)) return log.error(facts, 'subscription refused');
          const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
          log.warn({ ...facts, delayMs }, 'subscription failed, will retry');
          resolve();
          await sleep(clock, delayMs, signal).catch(() => {});
        }
      }
    };
    const trying = work().finally(() => {
      into.tries.delete(trying);
      resolve();
    });
    into.tries.add(trying);
    return promise;
  };

  const begin = async (programmatic: readonly TopicSubscription[]): Promise<void> => {
    await end(0);
    const delivering = new AbortController();
    wanted = merged(declared, programmatic);
    tried = new Set();
    const next: Run = { up: new Map(), starting: new AbortController(), delivering, tries: new Set() };
    run = next;
    await Promise.all(wanted.map((one) => keepOpening(one, next)));
    if (next.up.size > 0) log.info({ topics: [...next.up.keys()].map(nameOf) }, 'app is subscribed');
  };

  const end = async (drainMs: number): Promise<void> => {
    const ending = run;
    run = undefined;
    if (ending === undefined) return;
    ending.starting.abort(new Error('the subscriptions are stopping'));
    await Promise.all(ending.tries);
    const closed = Promise.allSettled([...ending.up.values()].map((subscription) => subscription.close(drainMs)));
    for (const outcome of await closed)
      if (outcome.status === 'rejected') log.warn({ error: textOf(outcome.reason) }, 'subscription did not close well');
    ending.delivering.abort(new Error('the subscription has ended'));
  };

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work, work);
    return turn;
  };

  return {
    start: (programmatic) => inTurn(() => begin(programmatic)),
    stop: (drainMs) => {
      run?.starting.abort(new Error('the subscriptions are stopping'));
      return inTurn(() => end(drainMs));
    },
    wanted: () => wanted.filter((one) => tried.has(one)),
  };
}

/**
 * What the app itself says about a topic takes the place of what a resource file says. Of two files for one topic the
 * first counts, of two that the app names the last.
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

function nameOf({ pubsubname, topic }: TopicSubscription): string {
  return `${pubsubname}/${topic}`;
}

function routesOf({ rules, defaultRoute }: TopicSubscription): readonly { match: string; path: string }[] {
  return defaultRoute === undefined ? rules : [...rules, { match: '', path: defaultRoute }];
}

/** As the wire has it when the subscription does not say. */
function limitsOf({
  maxMessagesCount,
  maxAwaitDurationMs,
}: NonNullable<TopicSubscription['bulkSubscribe']>): BatchLimits {
  return { maxCount: maxMessagesCount || 100, maxWaitMs: maxAwaitDurationMs || 1000 };
}

/** Trying again cannot change what was asked for. */
function isFinal(cause: unknown): boolean {
  return cause instanceof RuntimeError && cause.kind.http >= 400 && cause.kind.http < 500;
}
