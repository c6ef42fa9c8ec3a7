import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appUnavailable } from '#core/app-channel.ts';
import { fakeClock, settle } from '#core/fake-clock.ts';
import { type Log, silentLog } from '#core/log.ts';
import { appLifecycle } from './app-lifecycle.ts';
import type { AppProbe } from './app-probe.ts';

function bench(
  more: {
    readonly probe?: AppProbe;
    readonly onUp?: () => Promise<void>;
    readonly readyAfterMs?: number;
    readonly log?: Log;
  } = {},
) {
  const clock = fakeClock();
  const events: string[] = [];
  const app = { isAvailable: true };
  const lifecycle = appLifecycle({
    async waitUntilAvailable(signal) {
      while (!app.isAvailable) {
        await new Promise<void>((resolve) => clock.after(100, resolve));
        signal.throwIfAborted();
      }
    },
    isAvailable: async () => app.isAvailable,
    async onUp() {
      events.push('up');
      await more.onUp?.();
    },
    async onDown() {
      events.push('down');
    },
    ...(more.probe ? { probe: more.probe } : undefined),
    ...(more.readyAfterMs ? { readyAfterMs: more.readyAfterMs } : undefined),
    clock,
    log: more.log ?? silentLog,
  });
  return { clock, events, app, lifecycle };
}

test('app lifecycle: an app that disconnects and returns is torn down and set up again', async () => {
  const { clock, events, app, lifecycle } = bench();
  await lifecycle.start();
  assert.equal(lifecycle.isUp, true);
  app.isAvailable = false;
  await clock.tick(500);
  assert.equal(lifecycle.isUp, false);
  app.isAvailable = true;
  await clock.tick(200);
  assert.deepEqual(events, ['up', 'down', 'up']);
  await lifecycle.stop();
  assert.deepEqual(events, ['up', 'down', 'up', 'down']);
});

test('app lifecycle: suspect triggers an immediate check', async () => {
  const { events, app, lifecycle } = bench();
  await lifecycle.start();
  app.isAvailable = false;
  lifecycle.suspect();
  await settle();
  assert.deepEqual(events, ['up', 'down']);
  await Promise.race([lifecycle.stop(), settle()]);
});

test('app lifecycle: a failed setup is retried after a second', async () => {
  let failures = 1;
  const { clock, events, lifecycle } = bench({
    onUp: async () => {
      if (failures-- > 0) throw new Error('not now');
    },
  });
  const started = lifecycle.start();
  await clock.tick(1000);
  await started;
  assert.deepEqual(events, ['up', 'down', 'up']);
  await lifecycle.stop();
});

test('app lifecycle: the same failure is logged once, and again after the app has been up', async () => {
  const failures = ['slow', 'slow', 'rejected', undefined, 'rejected'];
  const logged: unknown[] = [];
  const { clock, app, lifecycle } = bench({
    onUp: async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw new Error(failure);
    },
    log: { ...silentLog, error: ({ error }) => void logged.push(error) },
  });
  const started = lifecycle.start();
  await clock.tick(3000);
  await started;
  assert.deepEqual(logged, ['slow', 'rejected']);
  app.isAvailable = false;
  await clock.tick(500);
  app.isAvailable = true;
  await clock.tick(1200);
  assert.deepEqual(logged, ['slow', 'rejected', 'rejected']);
  await lifecycle.stop();
});

test('app lifecycle: an app that is healthy at once is set up before the sidecar is ready', async () => {
  const probe = { untilHealthy: () => Promise.resolve(), untilUnhealthy: () => new Promise<void>(() => {}) };
  const { events, lifecycle } = bench({ probe });
  await lifecycle.start();
  assert.deepEqual(events, ['up']);
  assert.equal(lifecycle.isUp, true);
});

test('app lifecycle: an app that accepts connections and does not respond leaves the sidecar ready, and is retried', async () => {
  const silence = appUnavailable('127.0.0.1:1', 'read ECONNRESET');
  const { clock, events, lifecycle } = bench({ onUp: () => Promise.reject(silence) });
  await lifecycle.start();
  assert.equal(lifecycle.isUp, false);
  await clock.tick(1000);
  assert.deepEqual(events, ['up', 'down', 'up', 'down']);
  await lifecycle.stop();
});

test('app lifecycle: an app that accepts connections and stays silent leaves the sidecar ready after a timeout', async () => {
  const silence = Promise.withResolvers<void>();
  const { clock, lifecycle } = bench({ onUp: () => silence.promise, readyAfterMs: 2000 });
  let isReady = false;
  void lifecycle.start().then(() => (isReady = true));
  await clock.tick(1999);
  assert.equal(isReady, false);
  await clock.tick(1);
  await settle();
  assert.deepEqual([isReady, lifecycle.isUp], [true, false]);
  silence.resolve();
  await settle();
  assert.equal(lifecycle.isUp, true);
  await lifecycle.stop();
});

test('app lifecycle: with a probe an app is up only while it is healthy', async () => {
  const sick = Promise.withResolvers<void>();
  const well = Promise.withResolvers<void>();
  const aborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  let probes = 0;
  const { events, lifecycle } = bench({
    probe: {
      untilHealthy(signal, onFailure) {
        onFailure?.();
        return probes++ === 0 ? well.promise : aborted(signal);
      },
      untilUnhealthy: () => sick.promise,
    },
  });
  // the sidecar is ready although its app reports itself unhealthy
  await lifecycle.start();
  assert.deepEqual(events, []);
  well.resolve();
  await settle();
  assert.equal(lifecycle.isUp, true);
  const down = lifecycle.untilDown(new AbortController().signal);
  sick.resolve();
  await down;
  await settle();
  assert.deepEqual(events, ['up', 'down']);
  await lifecycle.stop();
});
