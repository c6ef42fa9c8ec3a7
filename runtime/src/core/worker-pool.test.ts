import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerPool } from './worker-pool.ts';

/** A pool whose handlers finish on demand; `log` has each item when it starts. */
function poolUnderTest(concurrency: number) {
  const log: string[] = [];
  const finish = new Map<string, () => void>();
  let free = 0;
  const pool = workerPool<string>({
    concurrency,
    handle(item) {
      log.push(item);
      return new Promise((resolve) => finish.set(item, resolve));
    },
    onFree: () => free++,
  });
  const end = async (item: string): Promise<void> => {
    finish.get(item)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { pool, log, end, free: () => free };
}

test('worker pool: starts items in order, up to the concurrency', async () => {
  const { pool, log, end, free } = poolUnderTest(2);
  for (const item of ['a', 'b', 'c', 'd']) pool.add(item);
  assert.deepEqual(log, ['a', 'b']);
  await end('b');
  assert.deepEqual(log, ['a', 'b', 'c']);
  assert.equal(free(), 1);
});

test('worker pool: a waiting handler leaves its place to the next item', async () => {
  const { pool, log, end } = poolUnderTest(1);
  for (const item of ['a', 'b', 'c']) pool.add(item);
  pool.setWaiting('a', true);
  assert.deepEqual([log, pool.waiting()], [['a', 'b'], 1]);
  pool.setWaiting('a', false);
  await end('b');
  assert.deepEqual(log, ['a', 'b'], 'the handler of a runs again');
  await end('a');
  assert.deepEqual(log, ['a', 'b', 'c']);
});

test('worker pool: removes items that are not started, and waits for the others', async () => {
  const { pool, log, end } = poolUnderTest(1);
  for (const item of ['a', 'b', 'c', 'd']) pool.add(item);
  assert.deepEqual(
    pool.remove((item) => item === 'c'),
    ['c'],
  );
  assert.deepEqual(pool.remove(), ['b', 'd']);
  let isFinished = false;
  const finished = pool.finished().then(() => (isFinished = true));
  await end('a');
  await finished;
  assert.ok(isFinished);
  assert.deepEqual(log, ['a']);
});
