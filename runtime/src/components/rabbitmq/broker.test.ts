import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type BrokerBench, brokerConformance, realTime } from '#blocks/pubsub/broker.conformance.ts';
import { rabbitBroker } from './broker.ts';
import {
  type Admin,
  admin,
  call,
  eventually,
  lasting,
  message,
  rabbitContext,
  rabbitUrl,
  removing,
  skipWithoutRabbit as skip,
  uniqueName,
} from './testing.ts';

async function openBench(wish?: 'ordered'): Promise<BrokerBench> {
  const prefix = uniqueName();
  const at = await admin();
  const ordered: Readonly<Record<string, string>> = wish === 'ordered' ? { concurrency: 'single' } : {};
  const context = rabbitContext({ ...lasting, requeueinfailure: 'true', ...ordered });
  const broker = await rabbitBroker(context);
  const second = await rabbitBroker(context);
  return {
    broker: removing(broker, at),
    second: removing(second, at),
    topic: (name) => `${prefix}.${name}`,
    ...realTime,
    async [Symbol.asyncDispose]() {
      await Promise.all([broker.close(), second.close()]);
      await at[Symbol.asyncDispose]();
    },
  };
}

brokerConformance('rabbitmq', openBench, {
  skip,
  without: {
    metadata: 'properties are passed on only with publishMessagePropertiesToMetadata, under separate names',
    dedupe: 'RabbitMQ has no memory of the ids of messages',
  },
});

/** A broker of a test's own, removed with all that it made. */
async function fixture(metadata: Readonly<Record<string, string>> = {}) {
  const at: Admin = await admin();
  const broker = await rabbitBroker(rabbitContext({ ...lasting, ...metadata }));
  return {
    at,
    broker: removing(broker, at),
    bare: broker,
    topic: uniqueName(),
    async [Symbol.asyncDispose]() {
      await broker.close();
      await at[Symbol.asyncDispose]();
    },
  };
}

const textOf = ({ data }: { readonly data: Uint8Array }): string => Buffer.from(data).toString();

test('dead letter queue: has a rejected message once, and the queue does not', { skip }, async () => {
  await using it = await fixture({ enabledeadletter: 'true' });
  const queue = `shop-${it.topic}`;
  const attempts: unknown[] = [];
  await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata: {} }, async (incoming) => {
    attempts.push([incoming.attempt, incoming.isLastAttempt]);
    return 'retry';
  });
  await it.broker.publish(call, message(it.topic, 'poison'));
  await eventually(async () => (await it.at.depthOf(`dlq-${queue}`)) === 1, 'the dead letter');
  assert.deepEqual(attempts, [[1, true]], 'a queue that takes nothing back delivers once');
  assert.equal(await it.at.depthOf(queue), 0);
  const deadLetter = await (await it.at.channel()).get(`dlq-${queue}`, { noAck: true });
  assert.ok(deadLetter);
  assert.equal(deadLetter.content.toString(), 'poison');
  assert.equal(deadLetter.properties.headers?.['x-first-death-reason'], 'rejected');
});

test('dead letter queue: receives expired messages', { skip }, async () => {
  await using it = await fixture({ enabledeadletter: 'true', prefetchcount: '1' });
  const queue = `shop-${it.topic}`;
  const request = { topic: it.topic, consumer: 'shop', metadata: {} };
  const subscription = await it.broker.subscribe(request, async () => 'success');
  await subscription.close(0);
  await it.broker.publish(call, message(it.topic, 'short', { ttlInSeconds: '50ms' }));
  await it.broker.publish(call, message(it.topic, 'long', { ttlInSeconds: '100' }));
  await eventually(async () => (await it.at.depthOf(`dlq-${queue}`)) === 1, 'the expired message');
  assert.equal(await it.at.depthOf(queue), 1);
});

test('message ttl: a message’s own value overrides the component’s', { skip }, async () => {
  await using it = await fixture({ ttlinseconds: '100' });
  const queue = `shop-${it.topic}`;
  await (
    await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata: {} }, async () => 'success')
  ).close(0);
  await it.broker.publish(call, message(it.topic, 'one'));
  await it.broker.publish(call, message(it.topic, 'two', { ttlInSeconds: '7' }));
  await it.broker.publish(call, message(it.topic, 'three', { ttlInSeconds: 'soon' }));
  const channel = await it.at.channel();
  const expirations: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const received = await channel.get(queue, { noAck: true });
    if (received) expirations.push(received.properties.expiration);
  }
  assert.deepEqual(expirations, ['100000', '7000', '100000']);
});

test('priorities: an urgent message overtakes waiting ones', { skip }, async () => {
  await using it = await fixture({ concurrency: 'single', prefetchcount: '1' });
  const request = { topic: it.topic, consumer: 'shop', metadata: { maxPriority: '10' } };
  await (await it.broker.subscribe(request, async () => 'success')).close(0);
  for (const priority of ['1', '9', '5', 'urgent'])
    await it.broker.publish(call, message(it.topic, priority, { priority }));
  const texts: string[] = [];
  await it.broker.subscribe(request, async (incoming) => {
    texts.push(textOf(incoming));
    return 'success';
  });
  await eventually(() => texts.length === 4, 'four messages');
  assert.deepEqual(texts, ['9', '5', '1', 'urgent']);
});

test('prefetch: limits the unacknowledged messages', { skip }, async () => {
  await using it = await fixture({ prefetchcount: '3' });
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  let started = 0;
  let ended = 0;
  await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata: {} }, async () => {
    started++;
    await mayEnd;
    ended++;
    return 'success';
  });
  for (let i = 0; i < 10; i++) await it.broker.publish(call, message(it.topic));
  await eventually(() => started === 3, 'three handlers');
  await wait(100);
  assert.equal(started, 3);
  assert.equal(await it.at.depthOf(`shop-${it.topic}`), 7);
  end();
  await eventually(() => ended === 10, 'the other seven');
});

test('routing: an exchange of kind topic delivers by routing key', { skip }, async () => {
  await using it = await fixture({ exchangekind: 'topic' });
  const texts: string[] = [];
  const metadata = { routingKey: 'order.*,stock.#', queueName: `${it.topic}-queue` };
  await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata }, async (incoming) => {
    texts.push(textOf(incoming));
    return 'success';
  });
  for (const routingKey of ['order.paid', 'order.paid.late', 'stock.low.now', 'other'])
    await it.broker.publish(call, message(it.topic, routingKey, { routingKey }));
  await eventually(() => texts.length === 2, 'two messages');
  await wait(50);
  assert.deepEqual(texts, ['order.paid', 'stock.low.now']);
  assert.equal(await it.at.depthOf(`${it.topic}-queue`), 0);
});

test('maxLen: the oldest messages are dropped', { skip }, async () => {
  await using it = await fixture({ maxlen: '2' });
  const request = { topic: it.topic, consumer: 'shop', metadata: {} };
  await (await it.broker.subscribe(request, async () => 'success')).close(0);
  for (const text of ['one', 'two', 'three']) await it.broker.publish(call, message(it.topic, text));
  const texts: string[] = [];
  await it.broker.subscribe(request, async (incoming) => {
    texts.push(textOf(incoming));
    return 'success';
  });
  await eventually(() => texts.length === 2, 'two messages');
  assert.deepEqual(texts, ['two', 'three']);
});

test('publish: a full queue that rejects messages is an error', { skip }, async () => {
  await using it = await fixture();
  const queue = `shop-${it.topic}`;
  await it.broker.publish(call, message(it.topic, 'makes the exchange'));
  const channel = await it.at.channel();
  await channel.assertQueue(queue, { maxLength: 1, overflow: 'reject-publish' });
  await channel.bindQueue(queue, it.topic, '');
  await it.broker.publish(call, message(it.topic, 'fits'));
  await assert.rejects(it.broker.publish(call, message(it.topic, 'too much')), /it did not accept the message/);
});

test('publish: a deleted exchange is declared again', { skip }, async () => {
  await using it = await fixture();
  const texts: string[] = [];
  await it.broker.publish(call, message(it.topic, 'before'));
  await (await it.at.channel()).deleteExchange(it.topic);
  await Promise.all([1, 2, 3].map((n) => it.broker.publish(call, message(it.topic, `lost ${n}`))));
  await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata: {} }, async (incoming) => {
    texts.push(textOf(incoming));
    return 'success';
  });
  await it.broker.publish(call, message(it.topic, 'after'));
  await eventually(() => texts.length === 1, 'the message');
  assert.deepEqual(texts, ['after']);
});

test('publish: with publisherConfirm false it does not wait for the broker', { skip }, async () => {
  await using it = await fixture({ publisherconfirm: 'false' });
  let received = 0;
  await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata: {} }, async () => {
    received++;
    return 'success';
  });
  const text = 'x'.repeat(100_000);
  for (let i = 0; i < 100; i++) await it.broker.publish(call, message(it.topic, text));
  await eventually(() => received === 100, 'a hundred messages');
});

test(
  'message properties: set by the publisher, and delivered with publishMessagePropertiesToMetadata',
  { skip },
  async () => {
    await using it = await fixture({ publishmessagepropertiestometadata: 'true' });
    const received: Readonly<Record<string, string>>[] = [];
    await it.broker.subscribe({ topic: it.topic, consumer: 'shop', metadata: {} }, async ({ metadata }) => {
      received.push(metadata);
      return 'success';
    });
    const named = { messageID: 'm', correlationID: 'c', type: 't', contentType: 'application/json', other: 'x' };
    await it.broker.publish(call, message(it.topic, '{}', named));
    await eventually(() => received.length === 1, 'the message');
    assert.deepEqual(received[0], {
      'metadata.messageid': 'm',
      'metadata.correlationid': 'c',
      'metadata.type': 't',
      'metadata.contenttype': 'application/json',
    });
  },
);

test('subscribe: an existing queue with other arguments is an error that names them', { skip }, async () => {
  await using it = await fixture();
  const queue = `shop-${it.topic}`;
  await (await it.at.channel()).assertQueue(queue, { durable: false });
  const request = { topic: it.topic, consumer: 'shop', metadata: {} };
  await assert.rejects(
    it.broker.subscribe(request, async () => 'success'),
    /inequivalent arg 'durable' for queue/,
  );
  const wrong = { ...request, metadata: { queueType: 'stream' } };
  await assert.rejects(
    it.broker.subscribe(wrong, async () => 'success'),
    /invalid queue type stream/,
  );
  await it.broker.publish(call, message(it.topic, 'publishing is not affected'));
});

test('publish and subscribe: a topic that cannot be an exchange is a bad request', { skip }, async () => {
  await using it = await fixture();
  for (const topic of ['', 'amq.topic', 'ü'.repeat(128), 'two\nlines', 'two\rlines']) {
    await assert.rejects(it.bare.publish(call, message(topic)), /cannot be used/);
    const request = { topic, consumer: 'shop', metadata: {} };
    await assert.rejects(
      it.bare.subscribe(request, async () => 'success'),
      /cannot be used/,
    );
  }
});

test('rabbitmq: a queue name with a line break is a bad request', { skip }, async () => {
  await using it = await fixture();
  const request = { topic: it.topic, consumer: 'shop', metadata: { queueName: 'two\nlines' } };
  await assert.rejects(
    it.bare.subscribe(request, async () => 'success'),
    /the name of its queue, two\nlines, has a line break/,
  );
});

test('quorum queue: delivers, and requeues a rejected message', { skip }, async () => {
  await using it = await fixture({ requeueinfailure: 'true' });
  const attempts: unknown[] = [];
  const request = { topic: it.topic, consumer: 'shop', metadata: { queueType: 'quorum' } };
  await it.broker.subscribe(request, async ({ attempt }) => {
    attempts.push(attempt);
    return attempts.length < 2 ? 'retry' : 'success';
  });
  await it.broker.publish(call, message(it.topic));
  await eventually(() => attempts.length === 2, 'the second attempt');
  assert.deepEqual(attempts, [1, 2]);
});

test('broker: the error of an unreachable broker names its address', async () => {
  const opened = (url: string) => rabbitBroker(rabbitContext({}, { url }));
  await assert.rejects(opened('amqp://127.0.0.1:1'), /RabbitMQ at 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
  await assert.rejects(opened('http://x'), /connectionString begins with http/);
});

test('broker: a rejected login is an error without the password', { skip }, async () => {
  const url = new URL(rabbitUrl);
  url.password = 'wr0ng';
  await assert.rejects(rabbitBroker(rabbitContext({}, { url: url.href })), (error: Error) => {
    assert.match(error.message, /cannot be reached: Handshake terminated by server: 403/);
    assert.ok(!error.message.includes('wr0ng'));
    return true;
  });
});
