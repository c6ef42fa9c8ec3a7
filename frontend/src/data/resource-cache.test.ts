import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from './problem-error.ts';
import { ResourceCache } from './resource-cache.ts';
import { retryDelayMs } from './scheduler.ts';

/** A manual clock. */
const fakeScheduler = () => {
  const timers: { readonly ms: number; readonly run: () => void }[] = [];
  const page = { isVisible: true };
  return {
    timers,
    page,
    isVisible: () => page.isVisible,
    after(ms: number, run: () => void) {
      const timer = { ms, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
    },
    /** Runs the next timer. */
    runNext: () => timers.shift()?.run(),
  };
};
const newCache = (): ResourceCache => new ResourceCache(fakeScheduler());

const flushMicrotasks = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};
const noListener = (): (() => void) => () => undefined;
const problem = { type: 'about:blank', title: 'Out', status: 503, detail: 'Try again.' };

test('ResourceCache: a subscriber gets an empty entry, then loading, then the data', async () => {
  const cache = newCache();
  cache.subscribe('home', noListener());
  equal(cache.read('home').isLoading, false);
  cache.ensure('home', () => Promise.resolve(7));
  equal(cache.read('home').isLoading, true);
  await flushMicrotasks();
  deepEqual(cache.read('home'), { data: 7, isLoading: false });
});

test('ResourceCache: a failed refresh leaves the data and adds the problem', async () => {
  const cache = newCache();
  cache.subscribe('home', noListener());
  let calls = 0;
  cache.ensure('home', () => (calls++ === 0 ? Promise.resolve('old') : Promise.reject(new ProblemError(problem))));
  await flushMicrotasks();
  cache.refresh('home');
  await flushMicrotasks();
  deepEqual(cache.read('home'), { data: 'old', problem, isLoading: false, willRetry: true });
});

test('ResourceCache: unsubscribing aborts the request, and subscribing again starts a new one', async () => {
  const cache = newCache();
  const signals: AbortSignal[] = [];
  const load = (signal: AbortSignal): Promise<unknown> => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  const leave = cache.subscribe('orders', noListener());
  cache.ensure('orders', load);
  leave();
  cache.subscribe('orders', noListener());
  cache.ensure('orders', load);
  deepEqual(
    signals.map((signal) => signal.aborted),
    [true, false],
  );
});

test('ResourceCache: set wins over a response in flight', async () => {
  const cache = newCache();
  cache.subscribe('cart', noListener());
  const late = Promise.withResolvers<string>();
  cache.ensure('cart', () => late.promise);
  cache.set('cart', 'from the live stream');
  late.resolve('older');
  await flushMicrotasks();
  equal(cache.read('cart').data, 'from the live stream');
});

test('ResourceCache: refreshes during a request cause one more request', async () => {
  const cache = newCache();
  cache.subscribe('inside', noListener());
  let loads = 0;
  cache.ensure('inside', () => Promise.resolve(++loads));
  cache.refresh('inside');
  cache.refresh('inside');
  await flushMicrotasks();
  await flushMicrotasks();
  equal(cache.read('inside').data, 2);
});

test('ResourceCache: patch applies to every key with the prefix and notifies only changed subscribers', async () => {
  const cache = newCache();
  const woken: string[] = [];
  for (const key of ['product:a', 'product:b']) {
    cache.subscribe(key, () => woken.push(key));
    cache.set(key, key);
  }
  woken.length = 0;
  cache.patch('product:', (data) => (data === 'product:a' ? 'changed' : data));
  deepEqual(woken, ['product:a']);
});

const failing = (failures: number, error: () => Error) => {
  let loads = 0;
  const load = (): Promise<string> => (loads++ < failures ? Promise.reject(error()) : Promise.resolve('fresh'));
  return { load, loads: () => loads };
};
const unavailable = (): ProblemError => new ProblemError(problem);

test('ResourceCache: a 503 is retried after 1, 2, 4, 8, 15 and then every 30 s', async () => {
  const scheduler = fakeScheduler();
  const cache = new ResourceCache(scheduler);
  cache.subscribe('home', noListener());
  cache.ensure('home', failing(8, unavailable).load);
  const delays: (number | undefined)[] = [];
  for (let failure = 0; failure < 8; failure++) {
    await flushMicrotasks();
    delays.push(scheduler.timers[0]?.ms);
    equal(cache.read('home').willRetry, true);
    scheduler.runNext();
  }
  await flushMicrotasks();
  deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000, 30_000]);
  deepEqual(cache.read('home'), { data: 'fresh', isLoading: false });
  equal(scheduler.timers.length, 0);
});

test('ResourceCache: a retry waits at least as long as retry-after', async () => {
  const scheduler = fakeScheduler();
  const cache = new ResourceCache(scheduler);
  cache.subscribe('home', noListener());
  const tooMany = () => new ProblemError({ ...problem, status: 429 }, { retryAfterSeconds: 40 });
  cache.ensure('home', failing(1, tooMany).load);
  await flushMicrotasks();
  equal(scheduler.timers[0]?.ms, 40_000);
});

test('ResourceCache: a 404, a 501 and a TypeError are not retried', async () => {
  for (const error of [
    new ProblemError({ ...problem, status: 404 }),
    new ProblemError({ ...problem, status: 501 }),
    new TypeError('undefined is not a function'),
  ]) {
    const scheduler = fakeScheduler();
    const cache = new ResourceCache(scheduler);
    cache.subscribe('home', noListener());
    cache.ensure('home', failing(1, () => error).load);
    await flushMicrotasks();
    equal(scheduler.timers.length, 0);
    equal(cache.read('home').willRetry, undefined);
  }
});

test('ResourceCache: a hidden page retries when it becomes visible', async () => {
  const scheduler = fakeScheduler();
  const cache = new ResourceCache(scheduler);
  cache.subscribe('home', noListener());
  const { load, loads } = failing(1, unavailable);
  cache.ensure('home', load);
  await flushMicrotasks();
  scheduler.page.isVisible = false;
  scheduler.runNext();
  cache.poll('home');
  await flushMicrotasks();
  equal(loads(), 1);
  scheduler.page.isVisible = true;
  cache.retryFailed();
  await flushMicrotasks();
  equal(cache.read('home').data, 'fresh');
});

test('ResourceCache: a poll does not advance the retry, and unsubscribing cancels it', async () => {
  const scheduler = fakeScheduler();
  const cache = new ResourceCache(scheduler);
  const leave = cache.subscribe('home', noListener());
  const { load, loads } = failing(1, unavailable);
  cache.ensure('home', load);
  await flushMicrotasks();
  cache.poll('home');
  await flushMicrotasks();
  equal(loads(), 1);
  leave();
  equal(scheduler.timers.length, 0);
});

test('retryDelayMs: grows to half a minute', () => {
  deepEqual([1, 2, 6, 100].map(retryDelayMs), [1_000, 2_000, 30_000, 30_000]);
});
