import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppChannel } from '#core/app-channel.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { noBody } from '#core/message.ts';
import { appProbe } from './app-probe.ts';

const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: false };

/** Responds with the statuses in order, then keeps repeating the last one; `undefined` means no response. */
function bench(statuses: readonly (number | undefined)[]) {
  const clock = fakeClock();
  let probes = 0;
  const app: AppChannel = {
    protocol: 'http',
    request(_call, { path }) {
      assert.equal(path, '/healthz');
      const status = statuses[Math.min(probes++, statuses.length - 1)];
      if (status === undefined) return new Promise(() => {});
      return Promise.resolve({ status, headers: [], body: noBody });
    },
    close: async () => {},
  };
  const newCall = (signal: AbortSignal) => ({ trace, signal });
  const times = { path: '/healthz', intervalMs: 5000, timeoutMs: 500, threshold: 3 };
  return { clock, probes: () => probes, probe: appProbe({ ...times, app, newCall, clock }) };
}

const never = new AbortController().signal;

test('app probe: the first success makes the app healthy', async () => {
  const { clock, probes, probe } = bench([500, undefined, 204]);
  let failures = 0;
  const healthy = probe.untilHealthy(never, () => failures++);
  await clock.tick(5000 + 500 + 5000);
  await healthy;
  assert.equal(probes(), 3);
  assert.equal(failures, 2);
});

test('app probe: only consecutive failures up to the threshold make the app unhealthy', async () => {
  const { clock, probes, probe } = bench([500, 500, 200, 500, 500, 500]);
  const unhealthy = probe.untilUnhealthy(never);
  await clock.tick(6 * 5000);
  await unhealthy;
  assert.equal(probes(), 6);
});
