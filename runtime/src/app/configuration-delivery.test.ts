import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import type { Message } from '#core/message.ts';
import { noBody } from '#core/message.ts';
import { httpConfigurationSink } from './configuration-delivery.ts';

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

function app(statusFor: (path: string) => number = () => 200) {
  const received: Message[] = [];
  const channel: AppChannel = {
    protocol: 'http',
    async request(_call, message) {
      received.push(message);
      return { status: statusFor(message.path), headers: [], body: noBody };
    },
    async close() {},
  };
  return { received, sink: httpConfigurationSink(channel) };
}

const item = (value: string, version = '') => ({ value, version, metadata: {} });

test('configuration delivery: one request per key, with the id of the subscription', async () => {
  const { received, sink } = app();
  await sink.deliver(call, 'config', { id: '7', items: { colour: item('red', '2'), 'a/b c': item('') } });
  assert.deepEqual(
    received.map(({ verb, path, body }) => [verb, path, Buffer.from(body as Uint8Array).toString()]),
    [
      ['POST', '/configuration/config/colour', '{"id":"7","items":{"colour":{"value":"red","version":"2"}}}'],
      ['POST', '/configuration/config/a/b%20c', '{"id":"7","items":{"a/b c":{}}}'],
    ],
  );
  assert.deepEqual(received[0]?.headers, ['content-type', 'application/json']);
});

test('configuration delivery: only 200 is success, and the other keys are sent all the same', async () => {
  const { received, sink } = app((path) => (path.endsWith('first') ? 204 : 200));
  const items = { first: item('1'), second: item('2') };
  await assert.rejects(sink.deliver(call, 'config', { id: '7', items }), {
    message: 'error sending configuration item first to application, status 204',
  });
  assert.equal(received.length, 2);
});
