import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { rabbitBinding } from './binding.ts';
import { rabbitBroker } from './broker.ts';
import { rabbitBinary, testServer } from './test-server.ts';
import {
  admin,
  call,
  eventually,
  fastClock,
  lasting,
  message,
  proxy,
  rabbitContext,
  removing,
  skipWithoutRabbit as skip,
  uniqueName,
} from './testing.ts';

const textOf = ({ data }: { readonly data: Uint8Array }): string => Buffer.from(data).toString();

/** A broker behind a proxy that simulates network failures. */
async function fixture(metadata: Readonly<Record<string, string>> = {}, clock = fastClock) {
  const at = await admin();
  const network = await proxy();
  const broker = await rabbitBroker(rabbitContext({ ...lasting, ...metadata }, { url: network.url, clock }));
  return {
    at,
    network,
    broker: removing(broker, at),
    topic: uniqueName(),
    async [Symbol.asyncDispose]() {
      await broker.close();
      await network[Symbol.asyncDispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

describe('rabbitmq recovery', { skip, timeout: 60_000 }, () => {
  test('reconnect: subscriptions continue, and a publish waits for the connection', async () => {
    await using it = await fixture();
    const received = new Set<string>();
    await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata: {} }, async (incoming) => {
      received.add(textOf(incoming));
      return 'success';
    });
    const stored: string[] = [];
    let isPublishing = true;
    const caller = async (name: string): Promise<void> => {
      for (let i = 0; isPublishing; i++) {
        await it.broker.publish(call, message(it.topic, `${name}${i}`));
        stored.push(`${name}${i}`);
      }
    };
    const callers = Promise.all(['a', 'b', 'c'].map(caller));
    for (let i = 0; i < 3; i++) {
      await wait(100);
      it.network.break(true);
      await wait(50);
      it.network.open();
    }
    await wait(300);
    isPublishing = false;
    await callers;
    assert.ok(stored.length > 50, `${stored.length} were stored`);
    await eventually(() => stored.every((text) => received.has(text)), 'all that was stored');
  });

  test('reconnect: a message in flight is redelivered, and concurrency single still applies', async () => {
    await using it = await fixture({ concurrency: 'single' });
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const texts: string[] = [];
    let running = 0;
    await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata: {} }, async (incoming) => {
      assert.equal(++running, 1);
      texts.push(textOf(incoming));
      if (texts.length === 1) await mayEnd;
      running--;
      return 'success';
    });
    for (const text of ['one', 'two', 'three']) await it.broker.publish(call, message(it.topic, text));
    await eventually(() => texts.length === 1, 'the handler');
    it.network.break();
    await it.broker.publish(call, message(it.topic, 'four'));
    end();
    await eventually(() => texts.includes('four'), 'the last message');
    assert.deepEqual(texts, ['one', 'one', 'two', 'three', 'four']);
  });

  test('publish: an unreachable broker is an error with its address', async () => {
    await using it = await fixture();
    it.network.break(true);
    await assert.rejects(it.broker.publish(call, message(it.topic)), /RabbitMQ at 127\.0\.0\.1:\d+ cannot be reached/);
  });

  test('publish: an unresponsive broker is an error, and a new connection is opened', async () => {
    await using it = await fixture();
    await it.broker.publish(call, message(it.topic));
    it.network.stall();
    await assert.rejects(it.broker.publish(call, message(it.topic)), /did not confirm the message/);
    const other = it.broker.publish(call, message(uniqueName()));
    await assert.rejects(other, /did not confirm|cannot be reached/);
    it.network.open();
    await it.broker.publish(call, message(it.topic));
  });

  test('close: does not wait for an unresponsive broker, and publishing is an error afterwards', async () => {
    await using it = await fixture();
    await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata: {} }, async () => 'success');
    it.network.stall();
    const begun = performance.now();
    await it.broker.close();
    assert.ok(performance.now() - begun < 3000);
    await assert.rejects(it.broker.publish(call, message(it.topic)), /the component is closed/);
  });

  test('close: running and waiting messages are requeued without losing an attempt', async () => {
    await using it = await fixture();
    const seen: boolean[] = [];
    const request = { topic: it.topic, consumer: 'shop', metadata: {} };
    const { promise: isClosing, resolve: close } = Promise.withResolvers<void>();
    const subscription = await it.broker.subscribe(request, async (incoming) => {
      await isClosing;
      seen.push(incoming.isLastAttempt === true);
      return 'retry';
    });
    for (let i = 0; i < 3; i++) await it.broker.publish(call, message(it.topic));
    await wait(50);
    const closed = subscription.close(10_000);
    close();
    await closed;
    assert.deepEqual(seen, [false, false, false], 'while it closes, messages that are not taken stay in the broker');
    await eventually(async () => (await it.at.depthOf(`shop-${it.topic}`)) === 3, 'all three in the queue');
  });

  test('subscription: a deleted queue is declared and consumed again', async () => {
    await using it = await fixture();
    let received = 0;
    await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata: {} }, async () => {
      received++;
      return 'success';
    });
    const queue = `shop-${it.topic}`;
    await (await it.at.channel()).deleteQueue(queue);
    await eventually(async () => (await it.at.depthOf(queue)) !== undefined, 'the queue');
    await it.broker.publish(call, message(it.topic));
    await eventually(() => received === 1, 'the message');
  });

  test('binding: reads and creates again after a reconnect', async () => {
    await using at = await admin();
    await using network = await proxy();
    const queue = uniqueName();
    at.removeLater('', queue);
    const metadata = { host: network.url, queuename: queue, durable: 'true' };
    const binding = await rabbitBinding(rabbitContext(metadata, { clock: fastClock }));
    const events: string[] = [];
    await binding.read(async ({ data }) => {
      events.push(Buffer.from(data).toString());
      return Buffer.alloc(0);
    });
    for (const text of ['one', 'two', 'three']) {
      network.break();
      await binding.invoke(call, { operation: 'create', data: Buffer.from(text), metadata: {} });
    }
    await eventually(() => new Set(events).size === 3, 'three events');
    await binding.close();
  });
});

const noServer = rabbitBinary === '' ? 'TEST_RABBITMQ_SERVER (path of a rabbitmq-server) is not set' : false;

test(
  'kill -9 of the broker: confirmed messages arrive, and subscriptions are restored',
  { skip: noServer, timeout: 110_000 },
  async () => {
    await using server = await testServer();
    const broker = await rabbitBroker(rabbitContext(lasting, { url: server.url }));
    let isPublishing = true;
    await using _ending = {
      async [Symbol.asyncDispose]() {
        isPublishing = false;
        await broker.close();
      },
    };
    const received = new Set<string>();
    await broker.subscribe({ topic: 'orders', consumer: 'shop', metadata: {} }, async (incoming) => {
      await wait(5);
      received.add(textOf(incoming));
      return 'success';
    });
    const stored = new Set<string>();
    const failures: string[] = [];
    const caller = async (name: string): Promise<void> => {
      for (let i = 0; isPublishing; i++)
        await broker.publish(call, message('orders', `${name}${i}`)).then(
          () => stored.add(`${name}${i}`),
          (cause: unknown) => failures.push(String(cause)),
        );
    };
    const callers = Promise.all(['a', 'b', 'c', 'd'].map(caller));
    await wait(500);
    await server.kill();
    await server.start();
    await broker.publish(call, message('orders', 'after'));
    isPublishing = false;
    await callers;
    for (const failure of failures) assert.match(failure, /cannot be reached|whether it was stored is not known/);
    assert.ok(stored.size > 100, `${stored.size} were stored`);
    await eventually(
      () => received.has('after') && [...stored].every((text) => received.has(text)),
      'all that was stored',
    );
  },
);
