import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import type { PolicyOperation } from '#core/policy.ts';
import type { BreakerRule, RetryRule } from '#core/resiliency-resource.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { policyOf } from './policy.ts';
import type { PolicyParts } from './policy.ts';

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };
const breakerRule: BreakerRule = { maxRequests: 1, intervalMs: 0, openMs: 5_000 };
const twice: RetryRule = { backoff: { kind: 'constant', delayMs: 100 }, maxRetries: 2 };

function fixture(parts: PolicyParts, clock = fakeClock()) {
  const events: string[] = [];
  const observer = {
    applied: (state?: string) => void events.push(`applied ${state ?? '-'}`),
    timedOut: () => void events.push('timed out'),
    retried: () => void events.push('retried'),
    changed: (state: string) => void events.push(`changed to ${state}`),
  };
  const policy = policyOf({ ...parts, observer }, { clock, random: seededRandom(), recorder: silentRecorder });
  const run = async <T>(operation: PolicyOperation<T>, waitMs = 0): Promise<T | string> => {
    const outcome = policy(call, 'x', operation).catch((cause: unknown) => String(cause));
    await clock.tick(waitMs);
    return outcome;
  };
  return { clock, events, run };
}

const failing = (): Promise<never> => Promise.reject(new Error('no'));

test('policy: an attempt marked as failed is retried, and the last value is the result', async () => {
  const { run, events } = fixture({ retry: twice });
  const result = await run((_call, attempt, notes) => {
    notes.failed({ http: 503 });
    return Promise.resolve(attempt);
  }, 1_000);
  assert.equal(result, 3);
  assert.deepEqual(events, ['applied -', 'retried', 'retried']);
});

test('policy: only listed codes are retried, and failures without a code always', async () => {
  const rule: RetryRule = {
    ...twice,
    httpCodes: [
      [429, 429],
      [500, 599],
    ],
    grpcCodes: [[1, 4]],
  };
  const tries = async (status?: { http?: number; grpc?: number }): Promise<number> => {
    let count = 0;
    await fixture({ retry: rule }).run((_call, attempt, notes) => {
      count = attempt;
      notes.failed(status);
      return Promise.reject(new Error('no'));
    }, 1_000);
    return count;
  };
  assert.deepEqual(
    [await tries({ http: 500 }), await tries({ http: 429 }), await tries({ http: 404 }), await tries()],
    [3, 3, 1, 3],
  );
  assert.deepEqual([await tries({ grpc: 4 }), await tries({ grpc: 5 })], [3, 1]);
});

test('policy: an attempt marked as the last one is not repeated, but counts', async () => {
  const breaker = new CircuitBreaker(breakerRule, fakeClock(), ({ totalFailures }) => totalFailures >= 2);
  const { run } = fixture({ retry: twice, breaker });
  let count = 0;
  const once: PolicyOperation<void> = (_call, _attempt, notes) => {
    count++;
    notes.last();
    return failing();
  };
  await run(once);
  await run(once);
  assert.equal(count, 2);
  assert.equal(await run(once), 'RuntimeError: circuit breaker is open');
  assert.equal(count, 2);
});

test('policy: the timeout applies to each attempt, aborts its signal, and is reported once', async () => {
  const { run, events } = fixture({ retry: twice, timeoutMs: 50 });
  const reasons: string[] = [];
  const result = await run(
    ({ signal }, attempt) =>
      new Promise((resolve) => {
        if (attempt === 3) resolve('done');
        signal.addEventListener('abort', () => reasons.push(String(signal.reason)));
      }),
    1_000,
  );
  assert.equal(result, 'done');
  assert.deepEqual(reasons, Array(2).fill('RuntimeError: context deadline exceeded'));
  assert.deepEqual(events, ['applied -', 'timed out', 'retried', 'retried']);
});

test('policy: an aborted call is not retried', async () => {
  const clock = fakeClock();
  const caller = new AbortController();
  const dependencies = { clock, random: seededRandom(), recorder: silentRecorder };
  const policy = policyOf({ retry: twice }, dependencies);
  const trying = policy({ ...call, signal: caller.signal }, 'x', failing).catch(String);
  await clock.tick(10);
  caller.abort(new Error('cancelled'));
  assert.equal(await trying, 'Error: cancelled');
});

test('policy: an open breaker ends running retries', async () => {
  const breaker = new CircuitBreaker(breakerRule, fakeClock(), ({ consecutiveFailures }) => consecutiveFailures >= 2);
  const { run, events } = fixture({ retry: { ...twice, maxRetries: Number.POSITIVE_INFINITY }, breaker });
  assert.equal(await run(failing, 10_000), 'RuntimeError: circuit breaker is open');
  assert.deepEqual(events, ['applied closed', 'retried', 'changed to open', 'retried']);
});

test('policy: no retry begins after the maximum elapsed time', async () => {
  const { run } = fixture({ retry: { ...twice, maxRetries: 100, maxElapsedMs: 250 } });
  let count = 0;
  await run(() => (count++, failing()), 5_000);
  assert.equal(count, 3);
});
