import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resiliencyOf } from './resiliency-resource.ts';
import { readYaml } from './yaml-reader.ts';

function read(spec: string) {
  const [document] = readYaml('r.yaml', `kind: Resiliency\nmetadata: {name: mine, namespace: shop}\nspec:\n${spec}`);
  return resiliencyOf(document ?? assert.fail());
}

test("Resiliency: policies and targets are read, with Dapr's defaults", () => {
  const resource = read(`
  policies:
    timeouts: {short: 500ms, bare: 250, long: 1m30s}
    retries:
      plain: {}
      steady: {policy: constant, duration: 100ms, maxRetries: 3}
      growing: {policy: exponential, maxInterval: 15s, maxRetries: -1}
    circuitBreakers:
      usual: {}
      strict: {maxRequests: 2, interval: 8s, timeout: 45s, trip: consecutiveFailures > 8}
      zero: {interval: 0, timeout: 5s}
  targets:
    apps: {cart: {timeout: short, retry: steady, circuitBreaker: usual, circuitBreakerCacheSize: 7}}
    actors: {order: {circuitBreaker: usual, circuitBreakerScope: both}, plain: {timeout: long}}
    components: {pubsub: {inbound: {retry: growing}}}
`);
  assert.deepEqual(
    [...resource.timeouts],
    [
      ['short', 500],
      ['bare', 250],
      ['long', 90_000],
    ],
  );
  const constant = (delayMs: number) => ({ kind: 'constant', delayMs });
  assert.deepEqual(Object.fromEntries(resource.retries), {
    plain: { backoff: constant(5_000), maxRetries: Infinity },
    steady: { backoff: constant(100), maxRetries: 3 },
    growing: {
      backoff: { kind: 'exponential', firstMs: 500, maxMs: 15_000, factor: 1.5, jitter: 0.5 },
      maxRetries: Infinity,
      maxElapsedMs: 900_000,
    },
  });
  assert.deepEqual(Object.fromEntries(resource.breakers), {
    usual: { maxRequests: 1, intervalMs: 0, openMs: 60_000 },
    strict: { maxRequests: 2, intervalMs: 8_000, openMs: 45_000, trip: 'consecutiveFailures > 8' },
    zero: { maxRequests: 1, intervalMs: 0, openMs: 5_000 },
  });
  const none = { timeout: undefined, retry: undefined, circuitBreaker: undefined };
  assert.deepEqual(resource.apps.get('cart'), {
    timeout: 'short',
    retry: 'steady',
    circuitBreaker: 'usual',
    breakerCacheSize: 7,
  });
  assert.deepEqual(resource.actors.get('order'), {
    ...none,
    circuitBreaker: 'usual',
    breakerScope: 'id',
    breakerCacheSize: 0,
  });
  assert.deepEqual(resource.actors.get('plain')?.timeout, 'long');
  assert.deepEqual(resource.components.get('pubsub'), { inbound: { ...none, retry: 'growing' }, outbound: none });
  assert.deepEqual([resource.name, resource.namespace, resource.location], ['mine', 'shop', 'r.yaml:1']);
});

test('Resiliency: codes are single or ranges, and an empty list means all', () => {
  const rule = (codes: string) => read(`  policies: {retries: {r: {matching: {${codes}}}}}`).retries.get('r');
  assert.deepEqual(rule('httpStatusCodes: "429,500-599,"')?.httpCodes, [
    [429, 429],
    [500, 599],
  ]);
  assert.deepEqual(rule('gRPCStatusCodes: "1-4,14"')?.grpcCodes, [
    [1, 4],
    [14, 14],
  ]);
  assert.deepEqual(rule('gRPCStatusCodes: 0')?.grpcCodes, [[0, 0]]);
  assert.equal(rule('httpStatusCodes: ""')?.httpCodes, undefined);
});

for (const [what, spec] of [
  ['a time limit that is none', 'policies: {timeouts: {t: soon}}'],
  ['a negative time limit', 'policies: {timeouts: {t: -5s}}'],
  ['an unknown retry policy', 'policies: {retries: {r: {policy: linear}}}'],
  ['a number of retries that is none', 'policies: {retries: {r: {maxRetries: many}}}'],
  ['an HTTP code out of range', 'policies: {retries: {r: {matching: {httpStatusCodes: "11"}}}}'],
  ['a gRPC code out of range', 'policies: {retries: {r: {matching: {gRPCStatusCodes: 400}}}}'],
  ['a range that goes backwards', 'policies: {retries: {r: {matching: {httpStatusCodes: "500-400"}}}}'],
  ['a range of three', 'policies: {retries: {r: {matching: {httpStatusCodes: "400-450-500"}}}}'],
  ['a breaker of actors without scope', 'targets: {actors: {a: {circuitBreaker: cb}}}'],
  ['an unknown scope', 'targets: {actors: {a: {circuitBreaker: cb, circuitBreakerScope: all}}}'],
  ['a negative cache size', 'targets: {apps: {a: {circuitBreakerCacheSize: -1}}}'],
] as const)
  test(`Resiliency: ${what} is an error with its line`, () => {
    assert.throws(() => read(`  ${spec}`), {
      message: /^r\.yaml:4: /,
      kind: { code: 'ERR_RESOURCE', http: 400, grpc: 'InvalidArgument' },
    });
  });
