import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from './problem-error.ts';
import { ResourceCache } from './resource-cache.ts';

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};
const heard = (): (() => void) => () => undefined;
const problem = { type: 'about:blank', title: 'Out', status: 503, detail: 'Try again.' };

test('a reader sees nothing, then loading, then the data', async () => {
  const cache = new ResourceCache();
  cache.subscribe('home', heard());
  equal(cache.read('home').isLoading, false);
  cache.ensure('home', () => Promise.resolve(7));
  equal(cache.read('home').isLoading, true);
  await turns();
  deepEqual(cache.read('home'), { data: 7, isLoading: false });
});

test('a failed refresh keeps the data and adds the problem', async () => {
  const cache = new ResourceCache();
  cache.subscribe('home', heard());
  let answers = 0;
  cache.ensure('home', () => (answers++ === 0 ? Promise.resolve('old') : Promise.reject(new ProblemError(problem))));
  await turns();
  cache.refresh('home');
  await turns();
  deepEqual(cache.read('home'), { data: 'old', problem, isLoading: false });
});

test('leaving aborts the request in flight, and coming back starts a new one', async () => {
  const cache = new ResourceCache();
  const signals: AbortSignal[] = [];
  const load = (signal: AbortSignal): Promise<unknown> => {
    signals.push(signal);
    return new Promise(() => undefined);
  };
  const leave = cache.subscribe('orders', heard());
  cache.ensure('orders', load);
  leave();
  cache.subscribe('orders', heard());
  cache.ensure('orders', load);
  deepEqual(
    signals.map((signal) => signal.aborted),
    [true, false],
  );
});

test('what is set wins over an answer still on its way', async () => {
  const cache = new ResourceCache();
  cache.subscribe('cart', heard());
  const late = Promise.withResolvers<string>();
  cache.ensure('cart', () => late.promise);
  cache.set('cart', 'from the live stream');
  late.resolve('older');
  await turns();
  equal(cache.read('cart').data, 'from the live stream');
});

test('a refresh asked for during a request is made once after it', async () => {
  const cache = new ResourceCache();
  cache.subscribe('inside', heard());
  let loads = 0;
  cache.ensure('inside', () => Promise.resolve(++loads));
  cache.refresh('inside');
  cache.refresh('inside');
  await turns();
  await turns();
  equal(cache.read('inside').data, 2);
});

test('a patch reaches every key with the prefix and wakes only the readers it changed', async () => {
  const cache = new ResourceCache();
  const woken: string[] = [];
  for (const key of ['product:a', 'product:b']) {
    cache.subscribe(key, () => woken.push(key));
    cache.set(key, key);
  }
  woken.length = 0;
  cache.patch('product:', (data) => (data === 'product:a' ? 'changed' : data));
  deepEqual(woken, ['product:a']);
});
