import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { mqttBinding } from './binding.ts';
import { eventually, mqttContext, testBroker } from './testing.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

test('mqtt binding: receives what another binding creates, with its topic', async () => {
  await using server = await testBroker();
  const topic = `t${randomBytes(6).toString('hex')}`;
  const metadata = { url: server.url, topic, consumerid: topic, cleansession: 'true' };
  const binding = await mqttBinding(mqttContext('bindings.mqtt3', metadata));
  const received: [string, string | undefined][] = [];
  const reading = await binding.read(async ({ data, metadata: eventMetadata }) => {
    received.push([Buffer.from(data).toString(), eventMetadata['topic']]);
    return Buffer.alloc(0);
  });
  await binding.invoke(call, { operation: 'create', data: Buffer.from('hello'), metadata: {} });
  await binding.invoke(call, {
    operation: 'create',
    data: Buffer.from('elsewhere'),
    metadata: { topic: `${topic}/x` },
  });
  await eventually(() => received.length > 0, 'the event');
  assert.deepEqual(received, [['hello', topic]]);
  await reading.close(0);
  await binding.close();
});

test('mqtt binding: rejects metadata without topic or consumerID', async () => {
  const open = (metadata: Readonly<Record<string, string>>) => mqttBinding(mqttContext('bindings.mqtt3', metadata));
  await assert.rejects(open({ url: 'tcp://127.0.0.1:1', topic: 't' }), /consumerID is missing/);
  await assert.rejects(open({ url: 'tcp://127.0.0.1:1', consumerid: 'c' }), /topic is missing/);
});
