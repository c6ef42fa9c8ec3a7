import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock, settle } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { type SetupStep, setupRequests } from './setup-requests.ts';

const { signal } = new AbortController();
const step: SetupStep = { path: '/dapr/subscribe', failure: 'failed to subscribe to topics' };
const warning = 'failed to subscribe to topics: the app takes connections but does not respond, will keep trying';
const never = (): Promise<void> => new Promise(() => {});

function fixture() {
  const clock = fakeClock();
  const warnings: string[] = [];
  const request = setupRequests({
    address: '127.0.0.1:3000',
    newCall: (until) => ({ trace: { traceId: '', spanId: '', sampled: false }, signal: until }),
    clock,
    log: { ...silentLog, warn: (_fields, message) => void warnings.push(message) },
  });
  return { clock, warnings, request };
}

test('setup requests: an app that does not respond causes one warning, and the request ends after 30 s', async () => {
  const { clock, warnings, request } = fixture();
  for (let round = 0; round < 2; round++) {
    let reason: unknown;
    const ended = request(signal, step, async (call) => {
      call.signal.addEventListener('abort', () => (reason = call.signal.reason));
      await never();
    });
    const rejected = assert.rejects(ended, /did not respond to \/dapr\/subscribe within 30000 ms/);
    await clock.tick(2999);
    assert.equal(warnings.length, round);
    await clock.tick(1);
    assert.deepEqual(warnings, [warning]);
    await clock.tick(27_000);
    await rejected;
    assert.ok(reason, 'the call was cancelled');
  }
  assert.equal(clock.pending, 0);
});

test('setup requests: after a response, a missing one is warned about again', async () => {
  const { clock, warnings, request } = fixture();
  const responses = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  for (const { promise, resolve } of responses) {
    const result = request(signal, step, () => promise);
    await clock.tick(3000);
    resolve('{}');
    assert.equal(await result, '{}');
  }
  await settle();
  assert.deepEqual(warnings, [warning, warning]);
  assert.equal(clock.pending, 0);
});
