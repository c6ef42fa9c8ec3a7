import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import type { Policy } from '#core/policy.ts';
import type { BreakerRule, ResiliencyResource, RetryRule } from '#core/resiliency-resource.ts';
import { resiliency } from './resiliency.ts';
import type { PolicyLocation } from './resiliency.ts';

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };
const retries = (maxRetries: number): RetryRule => ({ backoff: { kind: 'constant', delayMs: 10 }, maxRetries });
const breaker: BreakerRule = { maxRequests: 1, intervalMs: 0, openMs: 5_000, trip: 'one' };
const nothing: ResiliencyResource = {
  name: 'r',
  namespace: '',
  timeouts: new Map(),
  retries: new Map(),
  breakers: new Map(),
  apps: new Map(),
  actors: new Map(),
  components: new Map(),
  location: 'r.yaml:1',
};

function fixture(...resources: Partial<ResiliencyResource>[]) {
  const clock = fakeClock();
  const locations: PolicyLocation[] = [];
  const policies = resiliency({
    clock,
    random: seededRandom(),
    recorder: silentRecorder,
    resources: resources.map((resource) => ({ ...nothing, ...resource })),
    tripOf: () => () => true,
    observerAt(location) {
      locations.push(location);
      return { applied() {}, timedOut() {}, retried() {}, changed() {} };
    },
  });
  /** How often an operation that always fails was attempted, and its final error. */
  const tries = async (policy: Policy | undefined): Promise<readonly [number, string]> => {
    let count = 0;
    const failing = policy?.(call, 'x', () => (count++, Promise.reject(new Error('no')))).catch(String);
    await clock.tick(60_000);
    return [count, String(await failing)];
  };
  return { policies, tries, locations };
}

test('resiliency: without resources only the built-in retries between sidecars apply', () => {
  const { policies } = fixture();
  assert.equal(policies.app('cart', '/x'), undefined);
  assert.equal(policies.actor('cart', '1'), undefined);
  assert.equal(policies.actorTurn('cart'), undefined);
  assert.equal(policies.outbound('store', 'Statestore'), undefined);
  assert.equal(policies.inbound('pubsub', 'Pubsub'), undefined);
  assert.ok(policies.serviceRetries('cart'));
});

test('resiliency: an app that a resource names has its own policy and no built-in retries', async () => {
  const { policies, tries } = fixture({
    retries: new Map([['three', retries(3)]]),
    apps: new Map([['cart', { retry: 'three', breakerCacheSize: 0 }]]),
  });
  assert.equal((await tries(policies.app('cart', '/x')))[0], 4);
  assert.equal(policies.serviceRetries('cart'), undefined);
  assert.equal(policies.app('other', '/x'), undefined);
  assert.ok(policies.serviceRetries('other'));
});

test('resiliency: the most specific default applies, and a named target has no defaults', async () => {
  const rules = new Map([
    ['DefaultRetryPolicy', retries(1)],
    ['DefaultAppRetryPolicy', retries(2)],
    ['DefaultComponentRetryPolicy', retries(3)],
    ['DefaultComponentInboundRetryPolicy', retries(4)],
    ['DefaultStatestoreComponentOutboundRetryPolicy', retries(5)],
  ]);
  const named = { inbound: {}, outbound: {} };
  const { policies, tries } = fixture({ retries: rules, components: new Map([['quiet', named]]) });
  const counts = [
    policies.actor('cart', '1'),
    policies.app('cart', '/x'),
    policies.outbound('pubsub', 'Pubsub'),
    policies.inbound('pubsub', 'Pubsub'),
    policies.outbound('store', 'Statestore'),
  ];
  const values: number[] = [];
  for (const policy of counts) values.push((await tries(policy))[0] - 1);
  assert.deepEqual(values, [1, 2, 3, 4, 5]);
  assert.equal(policies.outbound('quiet', 'Statestore'), undefined);
});

test('resiliency: each method of an app has its own breaker, up to a maximum', async () => {
  const apps = new Map([['cart', { circuitBreaker: 'cb', breakerCacheSize: 2 }]]);
  const { policies } = fixture({ breakers: new Map([['cb', breaker]]), apps });
  const outcome = (endpoint: string) =>
    policies
      .app('cart', endpoint)?.(call, 'x', () => Promise.reject(new Error('no')))
      .catch(String);
  assert.equal(await outcome('/a'), 'Error: no');
  assert.match(String(await outcome('/a')), /circuit breaker is open/);
  assert.equal(await outcome('/b'), 'Error: no');
  assert.match(String(await outcome('/a')), /circuit breaker is open/);
  assert.equal(await outcome('/c'), 'Error: no');
  // the third has evicted the least recently used one
  assert.equal(await outcome('/b'), 'Error: no');
});

test('resiliency: breakers of actors are per type or per actor', async () => {
  const target = { circuitBreaker: 'cb', breakerCacheSize: 0 };
  const actors = new Map([
    ['whole', { ...target, breakerScope: 'type' }],
    ['each', { ...target, breakerScope: 'id' }],
  ] as const);
  const { policies } = fixture({ breakers: new Map([['cb', breaker]]), actors });
  const outcome = (type: string, id: string) =>
    policies
      .actor(type, id)?.(call, 'x', () => Promise.reject(new Error('no')))
      .catch(String);
  await outcome('whole', '1');
  assert.match(String(await outcome('whole', '2')), /circuit breaker is open/);
  await outcome('each', '1');
  assert.equal(await outcome('each', '2'), 'Error: no');
});

test('resiliency: the timeout of an actor applies to its turn, retries and breaker to the whole call', async () => {
  const actors = new Map([
    ['cart', { timeout: 't', retry: 'two', breakerScope: 'type', breakerCacheSize: 0 }],
  ] as const);
  const { policies, tries, locations } = fixture({
    timeouts: new Map([['t', 50]]),
    retries: new Map([['two', retries(2)]]),
    actors,
  });
  assert.equal((await tries(policies.actor('cart', '1')))[0], 3);
  assert.equal((await tries(policies.actorTurn('cart')))[0], 1);
  const where = { direction: 'outbound', target: 'actor_cart' };
  assert.deepEqual(locations, [
    { ...where, hasTimeout: false, hasRetry: true },
    { ...where, hasTimeout: true, hasRetry: false },
  ]);
});

test('resiliency: inbound and outbound policies of a component are separate', () => {
  const components = new Map([['pubsub', { inbound: { timeout: 't' }, outbound: {} }]]);
  const { policies, locations } = fixture({ timeouts: new Map([['t', 50]]), components });
  assert.ok(policies.inbound('pubsub', 'Pubsub'));
  assert.equal(policies.inbound('pubsub', 'Pubsub'), policies.inbound('pubsub', 'Pubsub'));
  assert.equal(policies.outbound('pubsub', 'Pubsub'), undefined);
  assert.deepEqual(locations, [{ direction: 'inbound', target: 'Pubsub_pubsub', hasTimeout: true, hasRetry: false }]);
});

test('resiliency: an undefined policy name means none', () => {
  const { policies } = fixture({ apps: new Map([['cart', { retry: 'typo', breakerCacheSize: 0 }]]) });
  assert.equal(policies.app('cart', '/x'), undefined);
});

test('resiliency: later resources override earlier ones by name, and built-in retries only grow', async () => {
  const { policies, tries } = fixture(
    {
      retries: new Map([
        ['a', retries(1)],
        ['b', retries(1)],
      ]),
      apps: new Map([['cart', { retry: 'a', breakerCacheSize: 0 }]]),
    },
    {
      retries: new Map([
        ['a', retries(4)],
        ['DaprBuiltInServiceRetries', retries(0)],
      ]),
    },
  );
  assert.equal((await tries(policies.app('cart', '/x')))[0], 5);
  let count = 0;
  const { peerUnavailable } = await import('#blocks/invoke/errors.ts');
  const other = fixture({ retries: new Map([['DaprBuiltInServiceRetries', retries(0)]]) });
  await Promise.all([
    other.policies
      .serviceRetries('x')?.(call, 'x', () => (count++, Promise.reject(peerUnavailable('a', 'b'))))
      .catch(String),
    other.tries(undefined),
  ]);
  assert.equal(count, 4);
});

test('resiliency: the subscription query is retried only where a resource redefines its rule', async () => {
  assert.equal(fixture({}).policies.initialization, undefined);
  const patient = fixture({ retries: new Map([['DaprBuiltInInitializationRetries', retries(5)]]) });
  assert.equal((await patient.tries(patient.policies.initialization))[0], 6);
});
