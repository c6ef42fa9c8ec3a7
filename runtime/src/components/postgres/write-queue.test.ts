import assert from 'node:assert/strict';
import test from 'node:test';
import { fakeClock, settle } from '#core/fake-clock.ts';
import { type QueuedWrite, writeQueue } from './write-queue.ts';

interface Write extends QueuedWrite {
  readonly name: string;
}

/** A queue whose workers finish on demand; `log` has each batch when it begins. */
function queueUnderTest(workerCount: number) {
  const clock = fakeClock();
  const log: string[] = [];
  const running: (() => void)[] = [];
  const settled: string[] = [];
  const worker = async (batch: readonly Write[]): Promise<void> => {
    log.push(batch.map((write) => write.name).join('+'));
    await new Promise<void>((resolve) => running.push(resolve));
    for (const write of batch) write.resolve();
  };
  const queue = writeQueue<Write>(
    Array.from({ length: workerCount }, () => worker),
    { clock, longestWaitMs: 1000 },
  );
  const add = (name: string, key: string, some: Partial<Write> = {}): void =>
    queue.add({
      name,
      keys: key.split(','),
      bytes: 1,
      mayReplace: true,
      isAlone: false,
      signal: new AbortController().signal,
      resolve: () => settled.push(name),
      reject: (cause) => settled.push(`${name}: ${cause.message}`),
      ...some,
    });
  const endOne = async (): Promise<void> => {
    running.shift()?.();
    await settle();
  };
  return { clock, log, settled, queue, add, endOne };
}

test('write queue: writes of one turn share a batch, later ones go into the next', async () => {
  const at = queueUnderTest(1);
  at.add('a', '1');
  at.add('b', '2');
  assert.deepEqual(at.log, []);
  await settle();
  at.add('c', '3');
  at.add('d', '4');
  await settle();
  await at.endOne();
  assert.deepEqual(at.log, ['a+b', 'c+d']);
  assert.deepEqual(at.settled, ['a', 'b']);
});

test('write queue: a write waits for the previous one on its key and is not overtaken', async () => {
  const at = queueUnderTest(2);
  at.add('a1', 'a', { mayReplace: false });
  at.add('a2', 'a,b', { mayReplace: false });
  at.add('b1', 'b');
  at.add('c1', 'c');
  await settle();
  assert.deepEqual(at.log, ['a1+c1']);
  at.add('d1', 'd');
  await settle();
  assert.deepEqual(at.log, ['a1+c1', 'd1'], 'the other worker takes the unblocked writes');
  await at.endOne();
  assert.deepEqual(at.log, ['a1+c1', 'd1', 'a2']);
  await at.endOne();
  await at.endOne();
  assert.deepEqual(at.log.slice(3), ['b1']);
});

test('write queue: write queue: plain writes to one key share a batch, in order', async () => {
  const at = queueUnderTest(1);
  at.add('a1', 'a');
  at.add('a2', 'a');
  at.add('check', 'a', { mayReplace: false });
  at.add('a3', 'a');
  await settle();
  await at.endOne();
  await at.endOne();
  assert.deepEqual(at.log, ['a1+a2', 'check', 'a3']);
});

test('write queue: an exclusive write has its own batch and is not overtaken', async () => {
  const at = queueUnderTest(1);
  at.add('a', 'a');
  at.add('alone', 'b,c', { isAlone: true, mayReplace: false });
  at.add('d', 'd');
  at.add('c', 'c');
  await settle();
  await at.endOne();
  await at.endOne();
  assert.deepEqual(at.log, ['a+d', 'alone', 'c']);
});

test('write queue: the size of a batch is limited', async () => {
  const at = queueUnderTest(1);
  for (const name of ['a', 'b', 'c']) at.add(name, name, { bytes: 3 * 1024 * 1024 });
  await settle();
  await at.endOne();
  await at.endOne();
  assert.deepEqual(at.log, ['a', 'b', 'c']);
});

test('write queue: an aborted write is not executed', async () => {
  const at = queueUnderTest(1);
  at.add('a', 'a');
  await settle();
  const caller = new AbortController();
  at.add('b', 'b', { signal: caller.signal });
  at.add('c', 'c');
  caller.abort(new Error('cancelled'));
  await at.endOne();
  assert.deepEqual(at.log, ['a', 'c']);
  assert.deepEqual(at.settled, ['a', 'b: cancelled']);
});

test('write queue: a write that waits too long is rejected with the reason', async () => {
  const at = queueUnderTest(1);
  at.add('a', 'a');
  await settle();
  at.add('b', 'b');
  await at.clock.tick(1001);
  await at.endOne();
  assert.match(at.settled[1] ?? '', /b: the write waited 1000 ms/);
});

test('write queue: drained waits for all writes', async () => {
  const at = queueUnderTest(1);
  await at.queue.drained();
  at.add('a', 'a');
  at.add('b', 'a', { mayReplace: false });
  let isDrained = false;
  void at.queue.drained().then(() => (isDrained = true));
  await settle();
  await at.endOne();
  assert.ok(!isDrained);
  await at.endOne();
  assert.ok(isDrained);
});
