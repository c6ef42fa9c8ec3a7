import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokerConformance } from '#blocks/pubsub/broker.conformance.ts';
import type { IncomingMessage } from '#blocks/pubsub/broker.ts';
import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { memoryBroker } from './broker.ts';

const clock = fakeClock();
const context: ComponentContext = {
  name: 'pubsub',
  type: 'pubsub.in-memory',
  version: 'v1',
  metadata: {},
  appId: 'shop',
  namespace: 'default',
  log: silentLog,
  clock,
  random: seededRandom(),
};
const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

brokerConformance(
  'in-memory',
  async () => {
    const broker = await memoryBroker(context);
    return {
      broker,
      topic: (name) => name,
      pass: (ms) => clock.tick(ms),
      now: () => clock.now(),
      [Symbol.asyncDispose]: () => broker.close(),
    };
  },
  {
    without: {
      'shared consumer': 'all subscribers receive each message, as upstream',
      durable: 'messages are lost when the process ends, as upstream',
      dedupe: 'the in-memory broker does not record message ids',
      redelivery: 'a rejected message is logged and dropped, as upstream',
    },
  },
);

test('in-memory broker: all subscribers receive each message, whatever the consumer name', async () => {
  const broker = await memoryBroker(context);
  const received: string[] = [];
  const handlerOf = (who: string) => () => {
    received.push(who);
    return Promise.resolve('success' as const);
  };
  const request = { topic: 't', consumer: 'shop', metadata: {} };
  const one = await broker.subscribe(request, handlerOf('one'));
  await broker.subscribe(request, handlerOf('two'));
  const message = { id: '1', topic: 't', data: Buffer.from('x'), contentType: '', metadata: {} };
  await broker.publish(call, message);
  await clock.tick(1);
  await one.close(0);
  await broker.publish(call, message);
  await clock.tick(1);
  assert.deepEqual(received, ['one', 'two', 'two']);
  await broker.close();
});

test('in-memory broker: a subscription to orders* receives all topics with that prefix', async () => {
  const broker = await memoryBroker(context);
  const received: string[] = [];
  await broker.subscribe({ topic: 'orders*', consumer: 'shop', metadata: {} }, (message: IncomingMessage) => {
    received.push(message.topic);
    return Promise.resolve('success');
  });
  for (const topic of ['orders', 'orders-new', 'stock'])
    await broker.publish(call, { id: topic, topic, data: Buffer.from('x'), contentType: '', metadata: {} });
  await clock.tick(1);
  assert.deepEqual(received, ['orders', 'orders-new']);
  await broker.close();
});

test('in-memory broker: a subscriber receives one message at a time', async () => {
  const broker = await memoryBroker(context);
  const received: string[] = [];
  const ends: (() => void)[] = [];
  await broker.subscribe({ topic: 't', consumer: 'shop', metadata: {} }, async ({ data }) => {
    received.push(Buffer.from(data).toString());
    await new Promise<void>((resolve) => ends.push(resolve));
    return received.length === 1 ? 'retry' : 'success';
  });
  for (const text of ['a', 'b'])
    await broker.publish(call, { id: text, topic: 't', data: Buffer.from(text), contentType: '', metadata: {} });
  await clock.tick(1);
  assert.deepEqual(received, ['a']);
  ends[0]?.();
  await clock.tick(60_000);
  assert.deepEqual(received, ['a', 'b']);
  ends[1]?.();
  await broker.close();
});

test('in-memory broker: publishing is rejected after close', async () => {
  const broker = await memoryBroker(context);
  await broker.close();
  const message = { id: '1', topic: 't', data: Buffer.from('x'), contentType: '', metadata: {} };
  await assert.rejects(broker.publish(call, message), /closed/);
});
