import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBroker } from '#components/memory/broker.ts';
import { brokerConformance } from '#blocks/pubsub/broker.conformance.ts';
import { isPausable } from '#blocks/pubsub/broker.ts';
import type { IncomingMessage } from '#blocks/pubsub/broker.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { pluggableBroker } from './broker.ts';
import { componentContext, serveComponent } from './testing.ts';

const call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

async function opened() {
  const clock = fakeClock();
  const served = await serveComponent({ broker: await memoryBroker(componentContext({ clock })) });
  const context = componentContext({ clock, type: 'pubsub.ledger' });
  const broker = await pluggableBroker(served.socket)(context);
  const second = await pluggableBroker(served.socket)(context);
  return {
    broker,
    second,
    served,
    clock,
    topic: (name: string) => name,
    async pass(ms: number) {
      await clock.tick(ms);
      // what went out over the socket comes back in its own time
      await new Promise((resolve) => setTimeout(resolve, 2));
    },
    now: () => clock.now(),
    async [Symbol.asyncDispose]() {
      await broker.close();
      await second.close();
      await served[Symbol.asyncDispose]();
    },
  };
}

brokerConformance('pluggable', opened, {
  without: {
    'shared consumer': 'who shares messages is the component’s affair; the one of this test gives them to everyone',
    durable: 'the component of this test stores messages in memory',
    dedupe: 'the protocol carries no id of the message',
    redelivery: 'the component decides when to redeliver a rejected message',
  },
});

const message = { id: '1', topic: 'orders', data: Buffer.from('hello'), contentType: 'text/plain', metadata: {} };

test('pluggable broker: the component receives the consumer id', async () => {
  await using bench = await opened();
  assert.equal(bench.served.inits[0]?.['consumerID'], 'shop');
});

test('pluggable broker: responds to each message by its id', async () => {
  await using bench = await opened();
  const received: IncomingMessage[] = [];
  await bench.broker.subscribe({ topic: 'orders', consumer: 'shop', metadata: {} }, (incoming) => {
    received.push(incoming);
    return Promise.resolve(received.length === 1 ? 'retry' : 'success');
  });
  await bench.broker.publish(call, message);
  await bench.broker.publish(call, message);
  for (let round = 0; bench.served.responses.length < 2 && round < 1000; round++) await bench.pass(1);
  assert.equal(bench.served.responses.length, 2);
  assert.match(bench.served.responses[0]?.error ?? '', /not handled/);
  assert.equal(bench.served.responses[1]?.error, undefined);
});

test('pluggable broker: a subscription continues after a restart of the component', async () => {
  await using bench = await opened();
  const received: IncomingMessage[] = [];
  await bench.broker.subscribe({ topic: 'orders', consumer: 'shop', metadata: {} }, (incoming) => {
    received.push(incoming);
    return Promise.resolve('success');
  });
  await bench.served.restart();
  for (let round = 0; received.length === 0 && round < 1000; round++) {
    await bench.pass(100);
    await bench.broker.publish(call, message).catch(() => {});
  }
  assert.ok(received.length > 0, 'the new process delivers');
});

test('pluggable broker: a socket without a broker is an error', async () => {
  await using served = await serveComponent({});
  await assert.rejects(pluggableBroker(served.socket)(componentContext()), /is not a pub\/sub broker/);
});

test('pluggable broker: an unimplemented Pause is ignored', async () => {
  await using it = await opened();
  assert.ok(isPausable(it.broker));
  await it.broker.pause();
  await it.broker.publish(call, message);
});
