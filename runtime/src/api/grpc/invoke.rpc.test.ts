import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import { headerOf } from '#core/message.ts';
import type { Message, Reply } from '#core/message.ts';
import { rpcEndAsHeader, rpcEndHeader } from '#core/rpc-frames.ts';
import { HTTPExtension_Verb } from '#gen/dapr/proto/common/v1/common_pb.ts';
import { invokeRpcs } from './invoke.rpc.ts';
import { openGrpcServer } from './testing.ts';

const httpExtension = { verb: HTTPExtension_Verb.POST, querystring: 'a=b' };

async function openApi(reply: Partial<Reply> = {}) {
  const received: { target: string; message: Message }[] = [];
  const invoke: Invoke = {
    async invoke(_call, target, message) {
      received.push({ target, message });
      return { status: 200, headers: [], body: Buffer.from('hi'), ...reply };
    },
    proxy: () => assert.fail(),
    receive: () => assert.fail(),
  };
  const api = await openGrpcServer(invokeRpcs(invoke, { maxBodyBytes: 1000 }));
  return { api, received, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

test('InvokeService: the call is an HTTP request to the app, and its response is returned', async () => {
  await using fixture = await openApi({
    status: 201,
    headers: ['Content-Type', 'text/plain', 'x-own', '1', 'X-Bad', 'ü'],
  });
  const message = { method: 'orders/1', contentType: 'application/json', httpExtension };
  const data = { value: Buffer.from('{}') };
  const metadata = { 'x-mine': 'yes', 'dapr-api-token': 'secret', 'x-blob-bin': Buffer.from('b') };
  const response = await fixture.api.call(
    'invokeService',
    { id: 'order', message: { ...message, data } },
    { metadata },
  );
  assert.equal(Buffer.from(response.message?.data?.value ?? []).toString('utf8'), 'hi');
  assert.equal(response.message?.contentType, 'text/plain');
  const { headers } = response;
  const values = ['dapr-http-status', 'dapr-content-type', 'x-own', 'x-bad'].map((name) => headers.get(name)[0]);
  assert.deepEqual(values, ['201', 'text/plain', '1', undefined]);
  const [received] = fixture.received;
  assert.ok(received);
  assert.equal(received.target, 'order');
  assert.deepEqual(
    [received.message.verb, received.message.path, received.message.query],
    ['POST', '/orders/1', 'a=b'],
  );
  const names = ['x-mine', 'content-type', 'dapr-api-token', 'x-blob-bin', 'x-outrigger-private'];
  const sent = names.map((name) => headerOf(received.message.headers, name));
  assert.deepEqual(sent, ['yes', 'application/json', undefined, undefined, undefined]);
});

test('InvokeService: a method name is percent-encoded in the path', async () => {
  await using fixture = await openApi();
  const call = (method: string) =>
    fixture.api.call('invokeService', { id: 'order', message: { method, httpExtension } });
  for (const method of ['/a/b', 'a b', '50%', 'a?b#c']) await call(method);
  assert.deepEqual(
    fixture.received.map(({ message }) => message.path),
    ['/a/b', '/a%20b', '/50%25', '/a%3Fb%23c'],
  );
});

test("InvokeService: an app's error is a gRPC status with the HTTP status in header and details", async () => {
  await using fixture = await openApi({ status: 404, body: Buffer.from('x'.repeat(100)) });
  const message = { method: 'orders', httpExtension };
  const { code, text, details, headers } = await fixture.api.call('invokeService', { id: 'order', message });
  assert.deepEqual([code, text, headers.get('dapr-http-status')], [5, 'Not Found', ['404']]);
  const info = details[0] as { reason: string; metadata: Record<string, string> };
  assert.equal(info.reason, 'Not Found');
  assert.deepEqual(info.metadata, { 'http.code': '404', 'http.error_message': 'x'.repeat(63) });
});

test('InvokeService: a call without httpExtension has no verb', async () => {
  await using fixture = await openApi();
  await fixture.api.call('invokeService', { id: 'order', message: { method: 'orders' } });
  await fixture.api.call('invokeService', { id: 'order', message: { method: 'orders', httpExtension: {} } });
  assert.deepEqual(
    fixture.received.map(({ message }) => message.verb),
    ['UNSPECIFIED', 'NONE'],
  );
});

test("InvokeService: a gRPC app's status and trailers are forwarded", async () => {
  const end = { code: 9, message: 'not now', trailers: ['x-why', 'rain'] };
  const headers = [rpcEndHeader, rpcEndAsHeader(end)];
  await using fixture = await openApi({ status: 400, headers });
  const response = await fixture.api.call('invokeService', { id: 'order', message: { httpExtension } });
  assert.deepEqual([response.code, response.text], [9, 'not now']);
});

test('InvokeService: a response over the limit is ResourceExhausted', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(600);
  }
  await using fixture = await openApi({ body: endless() });
  const { code, text } = await fixture.api.call('invokeService', { id: 'order', message: { httpExtension } });
  assert.deepEqual([code, text], [8, 'the response of order is larger than 1000 bytes']);
});
