import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppChannel } from '#core/app-channel.ts';
import { type Message, headerOf } from '#core/message.ts';
import { httpBindingApp } from './binding-delivery.ts';
import { httpJobApp } from './job-delivery.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

function channel(status: number, body = '') {
  const sent: Message[] = [];
  const app: AppChannel = {
    protocol: 'http',
    request(_call, message) {
      sent.push(message);
      return Promise.resolve({ status, headers: [], body: Buffer.from(body) });
    },
    close: () => Promise.resolve(),
  };
  return { app, sent };
}

const textOf = (message: Message | undefined): string =>
  message?.body instanceof Uint8Array ? Buffer.from(message.body).toString() : '';

const binding = { name: 'tick', path: '/ticks' };
const event = {
  data: Buffer.from('x'),
  metadata: { readTimeUTC: 'now', 'bad name': 'x', traceparent: 'y', umlaut: 'ü\n' },
};

test('OPTIONS of an input binding: success or 405 subscribes the app', async () => {
  for (const [status, expected] of [
    [200, true],
    [204, true],
    [405, true],
    [404, false],
    [500, false],
  ] as const) {
    const { app, sent } = channel(status);
    assert.equal(await httpBindingApp(app).listensTo(call, 'tick', '/ticks'), expected);
    assert.deepEqual([sent[0]?.verb, sent[0]?.path], ['OPTIONS', '/ticks']);
  }
});

test('binding delivery: an event is a POST with its metadata as headers, as far as headers can carry it', async () => {
  const { app, sent } = channel(200);
  await httpBindingApp(app).deliver(call, binding, event);
  const [message] = sent;
  assert.deepEqual([message?.verb, message?.path, textOf(message)], ['POST', '/ticks', 'x']);
  const header = (name: string) => headerOf(message?.headers ?? [], name);
  assert.equal(header('content-type'), 'application/json');
  assert.equal(header('readTimeUTC'), 'now');
  assert.equal(header('traceparent'), undefined);
  assert.equal(header('umlaut'), Buffer.from('ü ').toString('latin1'));
});

test('binding delivery: a response may forward data and save state; any other body only acknowledges', async () => {
  const text =
    '{"To":["a"],"data":{"b":1,"a":"<"},"storeName":"s","STATE":[{"key":"k","value":{"z":1}},{}],"concurrency":"parallel"}';
  const { to, data, isParallel, storeName, states } = await httpBindingApp(channel(200, text).app).deliver(
    call,
    binding,
    event,
  );
  assert.deepEqual([to, String(data), isParallel, storeName], [['a'], '{"a":"\\u003c","b":1}', true, 's']);
  assert.deepEqual(
    states.map(({ key, value }) => [key, String(value)]),
    [['k', '{"z":1}']],
  );
  for (const plain of ['', 'ok', '{bad', '[{}]', '5', '{"to":["a",5]}', '{"to":["a"],"data":1e400}']) {
    const response = await httpBindingApp(channel(200, plain).app).deliver(call, binding, event);
    assert.deepEqual([response.to, response.states, String(response.body)], [[], [], plain]);
  }
});

test('binding delivery: a rejection contains the status and text of the app', async () => {
  await assert.rejects(
    httpBindingApp(channel(503, 'later').app).deliver(call, binding, event),
    /status code: 503 body: later/,
  );
});

test('job delivery: POST of its JSON, sorted; bytes of another type lose surrounding blanks', async () => {
  const { app, sent } = channel(200);
  const json = {
    typeUrl: 'type.googleapis.com/google.protobuf.Value',
    value: Buffer.from('2a0a0a080a016112031a0162', 'hex'),
  };
  await httpJobApp(app).run(call, 'a b/c', json);
  await httpJobApp(app).run(call, 'raw', { typeUrl: 'x', value: Buffer.from(' \n{"a":1}\t') });
  await httpJobApp(app).run(call, 'empty', undefined);
  await httpJobApp(app).run(call, 'nothing', { ...json, value: Buffer.alloc(0) });
  assert.deepEqual(
    sent.map((message) => [message.path, textOf(message)]),
    [
      ['/job/a%20b%2Fc', '{"a":"b"}'],
      ['/job/raw', '{"a":1}'],
      ['/job/empty', ''],
      ['/job/nothing', ''],
    ],
  );
});

test('job delivery: a job unknown to the app is done, a rejected one is not', async () => {
  assert.equal(await httpJobApp(channel(404).app).run(call, 'x', undefined), 'unknown');
  await assert.rejects(httpJobApp(channel(500, 'oops').app).run(call, 'x', undefined), /it responded with 500: oops/);
});
