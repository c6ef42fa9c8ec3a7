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
      'shared consumer': 'everyone who is subscribed gets each message, as upstream',
      durable: 'messages live as long as the process, as upstream',
      dedupe: 'the in-memory bus has no memory of what it carried',
      redelivery: 'what is refused is logged and gone, as upstream',
    },
  },
);

test('everyone who is subscribed gets each message, whatever the consumer name', async () => {
  const broker = await memoryBroker(context);
  const received: string[] = [];
  const handlerOf = (who: string) => () => {
    received.push(who);
    return Promise.resolve('ack' as const);
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

test('a subscription to orders* hears every topic that begins so', async () => {
  const broker = await memoryBroker(context);
  const received: string[] = [];
  await broker.subscribe({ topic: 'orders*', consumer: 'shop', metadata: {} }, (message: IncomingMessage) => {
    received.push(message.topic);
    return Promise.resolve('ack');
  });
  for (const topic of ['orders', 'orders-new', 'stock'])
    await broker.publish(call, { id: topic, topic, data: Buffer.from('x'), contentType: '', metadata: {} });
  await clock.tick(1);
  assert.deepEqual(received, ['orders', 'orders-new']);
  await broker.close();
});

test('a subscriber gets the next message when it is done with the one before', async () => {
  const broker = await memoryBroker(context);
  const received: string[] = [];
  const ends: (() => void)[] = [];
  await broker.subscribe({ topic: 't', consumer: 'shop', metadata: {} }, async ({ data }) => {
    received.push(Buffer.from(data).toString());
    await new Promise<void>((resolve) => ends.push(resolve));
    return received.length === 1 ? 'retry' : 'ack';
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

test('after close publishing is refused', async () => {
  const broker = await memoryBroker(context);
  await broker.close();
  const message = { id: '1', topic: 't', data: Buffer.from('x'), contentType: '', metadata: {} };
  await assert.rejects(broker.publish(call, message), /closed/);
});
