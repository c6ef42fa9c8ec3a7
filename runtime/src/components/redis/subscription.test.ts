import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Broker, IncomingMessage, OutgoingMessage } from '#blocks/pubsub/broker.ts';
import type { DeliveryOutcome } from '#blocks/pubsub/delivery-outcome.ts';
import type { Call } from '#core/call.ts';
import type { Redis } from 'ioredis';
import { redisBroker } from './broker.ts';
import { eventually, plainRedis, redisContext, skipWithoutRedis as skip, uniqueName } from './testing.ts';

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};
const message = (topic: string, text: string): OutgoingMessage => ({
  id: text,
  topic,
  data: Buffer.from(text),
  contentType: '',
  metadata: { shop: 'east' },
});

interface Fixture extends AsyncDisposable {
  readonly broker: Broker;
  readonly client: Redis;
  readonly topic: string;
  pending(): Promise<number>;
  another(): Promise<Broker>;
}

async function fixture(metadata: Readonly<Record<string, string>> = {}): Promise<Fixture> {
  const context = redisContext({ type: 'pubsub.redis', metadata });
  const brokers = [await redisBroker(context)];
  const [broker] = brokers;
  assert.ok(broker);
  const client = plainRedis();
  const topic = uniqueName();
  return {
    broker,
    client,
    topic,
    async pending() {
      const [count] = (await client.xpending(topic, 'shop')) as [number];
      return count;
    },
    async another() {
      const more = await redisBroker(context);
      brokers.push(more);
      return more;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(brokers.map((one) => one.close()));
      await client.del(topic);
      client.disconnect();
    },
  };
}

const request = (topic: string) => ({ topic, consumer: 'shop', metadata: {} });
const quick = { processingtimeout: '300', redeliverinterval: '100ms' };

describe('pubsub.redis', { skip, timeout: 30_000 }, () => {
  test('entries have upstream’s fields, and upstream’s entries are read', async () => {
    await using it = await fixture();
    await it.broker.publish(call, message(it.topic, 'ours'));
    const [[, fields] = ['', []]] = await it.client.xrange(it.topic, '-', '+');
    assert.deepEqual(fields, ['data', 'ours', 'metadata', '{"shop":"east"}']);
    await it.client.xadd(it.topic, '*', 'data', 'theirs', 'metadata', '{"ttlInSeconds":"5"}');
    await it.client.xadd(it.topic, '*', 'metadata', 'no json', 'data', 'odd', 'other', 'x');
    const received: IncomingMessage[] = [];
    await it.broker.subscribe(request(it.topic), async (incoming) => {
      received.push(incoming);
      return 'success';
    });
    await eventually(() => received.length === 3, 'three messages');
    assert.deepEqual(
      received.map(({ data, metadata }) => [Buffer.from(data).toString(), metadata]),
      [
        ['ours', { shop: 'east' }],
        ['theirs', { ttlInSeconds: '5' }],
        ['odd', {}],
      ],
    );
  });

  test('a rejected message is acknowledged after a delay, as upstream does', async () => {
    await using it = await fixture();
    let count = 0;
    await it.broker.publish(call, message(it.topic, 'no'));
    await it.broker.subscribe(request(it.topic), async () => {
      count++;
      return 'retry';
    });
    await eventually(() => count === 1, 'the message');
    assert.equal(await it.pending(), 1);
    await eventually(async () => (await it.pending()) === 0, 'the acknowledgement');
    assert.equal(count, 1);
  });

  test('a message rejected while the app ends is redelivered to the next consumer', async () => {
    await using it = await fixture(quick);
    await it.broker.publish(call, message(it.topic, 'stay'));
    const { promise, resolve: notify } = Promise.withResolvers<void>();
    const subscription = await it.broker.subscribe(request(it.topic), async () => {
      notify();
      return 'retry';
    });
    await promise;
    await subscription.close(1000);
    assert.equal(await it.pending(), 1);
    const received: IncomingMessage[] = [];
    await (
      await it.another()
    ).subscribe(request(it.topic), async (incoming) => {
      received.push(incoming);
      return 'success';
    });
    await eventually(() => received.length === 1, 'the message');
    assert.equal(received[0]?.attempt, 2);
    await eventually(async () => (await it.pending()) === 0, 'the acknowledgement');
  });

  test('messages of a dead member are claimed, and deleted ones are acknowledged', async () => {
    await using it = await fixture(quick);
    await it.client.xgroup('CREATE', it.topic, 'shop', '0', 'MKSTREAM');
    await it.broker.publish(call, message(it.topic, 'left behind'));
    const deletedId = await it.client.xadd(it.topic, '*', 'data', 'deleted');
    await it.client.xreadgroup('GROUP', 'shop', 'somebody', 'COUNT', 10, 'STREAMS', it.topic, '>');
    await it.client.xdel(it.topic, deletedId ?? '');
    const received: IncomingMessage[] = [];
    await it.broker.subscribe(request(it.topic), async (incoming) => {
      received.push(incoming);
      return 'success';
    });
    await eventually(async () => (await it.pending()) === 0, 'nothing to be pending');
    assert.deepEqual(
      received.map(({ data, attempt }) => [Buffer.from(data).toString(), attempt]),
      [['left behind', 2]],
    );
  });

  test('a handler slower than processingTimeout keeps its message', async () => {
    await using it = await fixture(quick);
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<DeliveryOutcome>();
    let count = 0;
    const handler = (): Promise<DeliveryOutcome> => {
      count++;
      return mayEnd;
    };
    await it.broker.subscribe(request(it.topic), handler);
    await (await it.another()).subscribe(request(it.topic), handler);
    await it.broker.publish(call, message(it.topic, 'slow'));
    await wait(1000);
    assert.equal(count, 1);
    end('success');
    await eventually(async () => (await it.pending()) === 0, 'the acknowledgement');
  });

  test('a running handler keeps its message while its subscription closes', async () => {
    await using it = await fixture(quick);
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<DeliveryOutcome>();
    let count = 0;
    const handler = (): Promise<DeliveryOutcome> => {
      count++;
      return mayEnd;
    };
    const subscription = await it.broker.subscribe(request(it.topic), handler);
    await it.broker.publish(call, message(it.topic, 'slow'));
    await eventually(() => count === 1, 'the handler');
    const closed = subscription.close(20_000);
    await (await it.another()).subscribe(request(it.topic), handler);
    await wait(1000);
    assert.equal(count, 1);
    end('success');
    await closed;
    assert.equal(await it.pending(), 0);
  });

  test('maxLenApprox limits the length of the stream', async () => {
    await using it = await fixture({ maxlenapprox: '100' });
    await Promise.all(Array.from({ length: 1000 }, (_, at) => it.broker.publish(call, message(it.topic, String(at)))));
    assert.ok((await it.client.xlen(it.topic)) < 300);
  });

  test('closing a subscription releases messages that were not started', async () => {
    await using it = await fixture({ ...quick, concurrency: '1' });
    for (let at = 0; at < 4; at++) await it.broker.publish(call, message(it.topic, String(at)));
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<DeliveryOutcome>();
    let count = 0;
    const subscription = await it.broker.subscribe(request(it.topic), () => {
      count++;
      return mayEnd;
    });
    await eventually(async () => (await it.pending()) === 4, 'all to be taken');
    await eventually(() => count === 1, 'the first to be begun');
    const closed = subscription.close(5000);
    end('success');
    await closed;
    assert.equal(count, 1);
    const received: string[] = [];
    await (
      await it.another()
    ).subscribe(request(it.topic), async ({ data }) => {
      received.push(Buffer.from(data).toString());
      return 'success';
    });
    await eventually(() => received.length === 3, 'the rest');
    assert.deepEqual(received, ['1', '2', '3']);
  });
});
