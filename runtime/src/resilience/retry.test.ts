import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ActivityStart, type Recorder, silentRecorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { appNotFound, peerUnavailable } from '#blocks/invoke/errors.ts';
import { policyOf } from './policy.ts';
import { builtInServiceRetries } from './retry.ts';

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };
const unavailable = peerUnavailable('a:1', 'connection refused');
const random = seededRandom();

test('service retries: an unresponsive sidecar is tried four times, a second apart', async () => {
  const clock = fakeClock();
  const began = clock.monotonic();
  const tries: number[] = [];
  const policy = builtInServiceRetries({ clock, random, recorder: silentRecorder });
  const failing = policy(call, 'GET a/x', () => {
    tries.push(clock.monotonic() - began);
    return Promise.reject(unavailable);
  });
  const expectation = assert.rejects(failing, unavailable);
  await clock.tick(10_000);
  await expectation;
  assert.deepEqual(tries, [0, 1_000, 2_000, 3_000]);
});

test('service retries: the first success ends them', async () => {
  const clock = fakeClock();
  const policy = builtInServiceRetries({ clock, random, recorder: silentRecorder });
  const trying = policy(call, 'GET a/x', (_call, attempt) =>
    attempt < 3 ? Promise.reject(unavailable) : Promise.resolve(attempt),
  );
  await clock.tick(2_000);
  assert.equal(await trying, 3);
  assert.equal(clock.pending, 0);
});

test('service retries: other errors are thrown at once', async () => {
  const clock = fakeClock();
  const policy = builtInServiceRetries({ clock, random, recorder: silentRecorder });
  const lost = appNotFound('a');
  await assert.rejects(
    policy(call, 'GET a/x', () => Promise.reject(lost)),
    lost,
  );
});

test('service retries: an aborted call ends the wait', async () => {
  const clock = fakeClock();
  const caller = new AbortController();
  const policy = builtInServiceRetries({ clock, random, recorder: silentRecorder });
  const failing = policy({ ...call, signal: caller.signal }, 'GET a/x', () => Promise.reject(unavailable));
  const reason = new Error('cancelled');
  const expectation = assert.rejects(failing, reason);
  await clock.tick(100);
  caller.abort(reason);
  await expectation;
  assert.equal(clock.pending, 0);
});

test('service retries: each retry is recorded with its number and outcome, the first attempt is not', async () => {
  const clock = fakeClock();
  const started: ActivityStart[] = [];
  const failures: string[] = [];
  const recorder: Recorder = {
    record: (inner, start, work) => {
      started.push(start);
      return work(inner, { set() {}, input() {}, output() {}, failed: (code) => void failures.push(code) });
    },
  };
  const trying = builtInServiceRetries({ clock, random, recorder })(call, 'GET a/x', (_call, attempt) =>
    attempt < 3 ? Promise.reject(unavailable) : Promise.resolve(),
  );
  await clock.tick(2_000);
  await trying;
  assert.deepEqual(started, [
    { kind: 'retry', name: 'GET a/x', attributes: { attempt: 2 } },
    { kind: 'retry', name: 'GET a/x', attributes: { attempt: 3 } },
  ]);
  assert.deepEqual(failures, ['ERR_PEER_UNAVAILABLE']);
});

test('retry: exponential delays grow up to the maximum of the rule', async () => {
  const clock = fakeClock();
  const start = clock.now();
  const attemptsAt: number[] = [];
  const backoff = { kind: 'exponential', firstMs: 500, maxMs: 2_000, factor: 2, jitter: 0 } as const;
  const policy = policyOf({ retry: { backoff, maxRetries: 4 } }, { clock, random, recorder: silentRecorder });
  const failed = assert.rejects(
    policy(call, 'x', () => {
      attemptsAt.push(clock.now() - start);
      return Promise.reject(unavailable);
    }),
  );
  await clock.tick(10_000);
  await failed;
  assert.deepEqual(attemptsAt, [0, 500, 1_500, 3_500, 5_500]);
});
