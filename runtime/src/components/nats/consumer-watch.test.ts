import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsumerStatus } from '#core/component.ts';
import { fakeClock, settle } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { watchConsumer } from './consumer-watch.ts';

function watched(hasMetrics = true) {
  const clock = fakeClock();
  const lines: string[] = [];
  const reports: ConsumerStatus[] = [];
  const line = (fields: object, message: string): void => void lines.push(`${JSON.stringify(fields)} ${message}`);
  const server = { pending: 0, ackPending: 0, floor: 0, reads: 0, isDown: false };
  const counter = { acknowledged: 0 };
  const close = watchConsumer({
    context: {
      name: 'pubsub',
      clock,
      log: { ...silentLog, error: line },
      ...(hasMetrics ? { onConsumer: (status: ConsumerStatus) => void reports.push(status) } : {}),
    },
    topic: 'orders',
    read() {
      server.reads++;
      if (server.isDown) return Promise.reject(new Error('timeout'));
      const { pending, ackPending, floor } = server;
      const info = { num_pending: pending, num_ack_pending: ackPending, num_redelivered: 1 };
      return Promise.resolve({ ...info, ack_floor: { consumer_seq: floor, stream_seq: floor } } as never);
    },
    acknowledged: () => counter.acknowledged,
  });
  const pass = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds / 15; i++) {
      await clock.tick(15_000);
      await settle(5);
    }
  };
  return { clock, lines, reports, server, counter, close, pass };
}

test('consumer watch: reports counts every 15 s, and removes them when the subscription ends', async () => {
  const { reports, server, pass, close, clock } = watched();
  server.pending = 3;
  await pass(15);
  assert.deepEqual(reports, [{ component: 'pubsub', topic: 'orders', pending: 3, ackPending: 0, redelivered: 1 }]);
  server.isDown = true;
  await pass(30);
  assert.equal(reports.length, 1);
  server.isDown = false;
  await pass(15);
  assert.equal(reports.length, 2);
  close();
  assert.deepEqual(reports[2], { component: 'pubsub', topic: 'orders' });
  assert.equal(clock.pending, 0);
});

test('consumer watch: reads nothing without metrics', async () => {
  const { server, clock } = watched(false);
  assert.equal(clock.pending, 0);
  assert.equal(server.reads, 0);
});

test('consumer watch: logs one error for each stall of a minute', async () => {
  const { lines, server, counter, pass } = watched();
  server.ackPending = 2;
  await pass(15 + 45);
  assert.deepEqual(lines, []);
  await pass(15);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /"event":"consumer-stalled".*"topic":"orders","pending":0,"ackPending":2,"seconds":60/);
  server.pending = 7;
  await pass(300);
  assert.equal(lines.length, 1);
  counter.acknowledged++;
  await pass(75);
  assert.equal(lines.length, 2);
});

test('consumer watch: a consumer with progress or without messages is not stalled', async () => {
  const { lines, server, counter, pass } = watched();
  await pass(300);
  server.pending = 100;
  for (let i = 0; i < 20; i++) {
    if (i % 3 === 0) server.floor++;
    else if (i % 3 === 1) counter.acknowledged++;
    else server.pending--;
    await pass(45);
  }
  assert.deepEqual(lines, []);
});
