import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { type BrokerBench, brokerConformance, realTime } from '#blocks/pubsub/broker.conformance.ts';
import type { Broker } from '#blocks/pubsub/broker.ts';
import { mqttBroker } from './broker.ts';
import { eventually, mqttContext, testBroker } from './testing.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

/** Unique topics and consumer names for each bench, since sessions persist on a shared broker. */
function withTopicPrefix(broker: Broker, prefix: string): Broker {
  return {
    ...broker,
    subscribe: (request, handler) =>
      broker.subscribe({ ...request, consumer: `${prefix}-${request.consumer}` }, handler),
  };
}

async function openBench(): Promise<BrokerBench> {
  const server = await testBroker();
  const prefix = `t${randomBytes(6).toString('hex')}`;
  const broker = await mqttBroker(mqttContext('pubsub.mqtt3', { url: server.url }));
  return {
    broker: withTopicPrefix(broker, prefix),
    topic: (name) => `${prefix}/${name}`,
    ...realTime,
    async [Symbol.asyncDispose]() {
      await broker.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

brokerConformance('mqtt3', openBench, {
  without: {
    'shared consumer': 'MQTT 3 has no consumer groups: two sessions of one name push each other out',
    'one at a time': 'handlers run side by side, as upstream',
    metadata: 'a message of MQTT 3 is a topic and bytes, nothing beside them',
    dedupe: 'MQTT 3 knows no ids of messages',
  },
});

const message = (topic: string, text: string, metadata = {}) => ({
  id: text,
  topic,
  data: Buffer.from(text),
  contentType: '',
  metadata,
});

test('mqtt broker: a subscription to shop/+/orders receives all matching topics, and # the rest', async () => {
  await using server = await testBroker();
  const broker = await mqttBroker(mqttContext('pubsub.mqtt3', { url: server.url, cleansession: 'true' }));
  const prefix = randomBytes(6).toString('hex');
  const received: string[] = [];
  const consumer = `c${prefix}`;
  await broker.subscribe({ topic: `${prefix}/+/orders`, consumer, metadata: {} }, async ({ topic }) => {
    received.push(topic.slice(prefix.length));
    return 'success';
  });
  for (const topic of ['/a/orders', '/b/orders', '/a/stock']) await broker.publish(call, message(prefix + topic, 'x'));
  await eventually(() => received.length >= 2, 'two messages');
  assert.deepEqual(received, ['/a/orders', '/b/orders']);
  await broker.close();
});

test('mqtt broker: publishing to a wildcard is a bad request', async () => {
  await using server = await testBroker();
  const broker = await mqttBroker(mqttContext('pubsub.mqtt3', { url: server.url }));
  await assert.rejects(broker.publish(call, message('a/#', 'x')), /cannot be used/);
  await assert.rejects(
    broker.publish(call, message('a', 'x', { retain: 'perhaps' })),
    /retain is 'perhaps', it should be true or false/,
  );
  await broker.close();
});

test('mqtt broker: a message in flight during a reconnect is neither lost nor handled twice', async (t) => {
  if (process.env.TEST_MQTT_URL) return t.skip('needs the in-process broker, which can break its connections');
  await using server = await testBroker();
  const broker = await mqttBroker(mqttContext('pubsub.mqtt3', { url: server.url }));
  const seen: string[] = [];
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  await broker.subscribe({ topic: 'slow', consumer: 'shop', metadata: {} }, async ({ data }) => {
    seen.push(Buffer.from(data).toString());
    await mayEnd;
    return 'success';
  });
  await broker.publish(call, message('slow', 'one'));
  await eventually(() => seen.length === 1, 'the handler');
  server.breakConnections();
  await wait(1500);
  end();
  await wait(100);
  const after = await connectAsync(server.url.replace('tcp', 'mqtt'));
  await after.publishAsync('slow', 'two', { qos: 1 });
  await eventually(() => seen.includes('two'), 'the second message');
  assert.deepEqual(seen, ['one', 'two']);
  await after.endAsync();
  await broker.close();
});

test('mqtt broker: the error of an unreachable broker names its address', async () => {
  await assert.rejects(
    mqttBroker(mqttContext('pubsub.mqtt3', { url: 'tcp://127.0.0.1:1' })),
    /127\.0\.0\.1:1 cannot be/,
  );
  await assert.rejects(
    mqttBroker(mqttContext('pubsub.mqtt3', { url: 'http://x' })),
    /url is invalid, it should be a URL such as tcp:/,
  );
});
