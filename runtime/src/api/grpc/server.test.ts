import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import type { Call } from '#core/call.ts';
import { defineError } from '#core/errors.ts';
import { binaryTrace } from '#core/trace.ts';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { grpcSurface } from '../surface.ts';
import { daprRpcs } from './dapr-rpcs.ts';
import type { CompletedRpc } from './open-rpc.ts';
import { openGrpcServer } from './testing.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

const testError = defineError({ code: 'ERR_TEST', http: 400, grpc: 'OutOfRange' }, () => 'no more of it');

/** Records the received calls. */
function listening() {
  const calls: Call[] = [];
  return { calls, rpcs: { setMetadata: async (call: Call) => (calls.push(call), {}) } };
}

test('grpcSurface: every RPC has a row, and those done are exactly those implemented', () => {
  assert.deepEqual(Object.keys(grpcSurface).sort(), Dapr.methods.map(({ name }) => name).sort());
  const rpcs = daprRpcs({ blocks: {}, metadata: {}, shutdown() {}, maxBodyBytes: 1 } as never);
  const done = Dapr.methods.filter(({ name }) => grpcSurface[name]?.status === 'done');
  assert.deepEqual(Object.keys(rpcs).sort(), done.map(({ localName }) => localName).sort());
});

test('grpcServer: a missing RPC is Unimplemented with the reason, streams included', async () => {
  await using api = await openGrpcServer({});
  const { code, text } = await api.call('getConfiguration', {});
  assert.equal(code, 12);
  assert.match(text, /^method GetConfiguration not implemented: ./);
  const identity = (bytes: Buffer): Buffer => bytes;
  const stream = api.client.makeBidiStreamRequest('/dapr.proto.runtime.v1.Dapr/EncryptAlpha1', identity, identity);
  const [error] = (await once(stream, 'error')) as [{ code: number }];
  assert.equal(error.code, 12);
});

test('grpcServer: a declared error is its status with its details or its code', async () => {
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'WHY', domain: 'dapr.io' };
  const help = { '@type': 'type.googleapis.com/google.rpc.Help', links: [{ description: 'd', url: 'u' }] };
  const rich = defineError({ code: 'ERR_RICH', http: 409, grpc: 'Aborted' }, () => ({
    message: 'ütürü',
    details: [help, info],
  }));
  const plain = defineError({ code: 'ERR_PLAIN', http: 500, grpc: 'FailedPrecondition' }, () => 'no');
  await using api = await openGrpcServer({
    getMetadata: () => Promise.reject(rich()),
    setMetadata: () => Promise.reject(plain()),
  });
  const { code, text, details } = await api.call('getMetadata', {});
  assert.deepEqual([code, text, details], [10, 'ütürü', [help, info]]);
  assert.deepEqual((await api.call('setMetadata', {})).details, [{ ...info, reason: 'ERR_PLAIN' }]);
});

test('grpcServer: an undeclared error is Unknown, and a long message is truncated', async () => {
  await using api = await openGrpcServer({
    getMetadata: () => Promise.reject(new RangeError('unforeseen \ud800')),
    setMetadata: () => Promise.reject(new RangeError('x'.repeat(50_000))),
  });
  const unforeseen = await api.call('getMetadata', {});
  assert.deepEqual([unforeseen.code, unforeseen.text], [2, 'unforeseen \ufffd']);
  assert.ok((await api.call('setMetadata', {})).text.length < 3000);
});

test('grpcServer: with an API token only calls that present it are accepted', async () => {
  const { calls, rpcs } = listening();
  await using api = await openGrpcServer(rpcs, { apiToken: 'sesame' });
  const result = async (metadata: Record<string, string>) => (await api.call('setMetadata', {}, { metadata })).code;
  assert.equal(await result({}), 16);
  assert.equal(await result({ 'dapr-api-token': 'open' }), 16);
  assert.equal(await result({ 'dapr-api-token': 'sesame' }), 0);
  assert.equal(calls.length, 1);
});

test('grpcServer: a call continues its text or binary trace, and the response names it', async () => {
  const { calls, rpcs } = listening();
  await using api = await openGrpcServer(rpcs);
  const metadata = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'a=b' };
  const { headers } = await api.call('setMetadata', {}, { metadata });
  const binary = binaryTrace({ traceId, spanId, sampled: true });
  assert.deepEqual(headers.get('grpc-trace-bin'), [binary]);
  await api.call('setMetadata', {}, { metadata: { 'grpc-trace-bin': binary } });
  await api.call('setMetadata', {}, { metadata: { 'grpc-trace-bin': Buffer.from('nonsense') } });
  assert.deepEqual(calls[0]?.trace, { traceId, spanId, sampled: true, state: 'a=b' });
  assert.deepEqual(calls[1]?.trace, { traceId, spanId, sampled: true });
  assert.match(calls[2]?.trace.traceId ?? '', /^(?!0af7)[0-9a-f]{32}$/);
});

test('grpcServer: baggage is passed on and returned, malformed baggage is rejected', async () => {
  const { calls, rpcs } = listening();
  await using api = await openGrpcServer(rpcs);
  const { headers } = await api.call('setMetadata', {}, { metadata: { baggage: 'a=1,b=2' } });
  assert.equal(calls[0]?.baggage, 'a=1,b=2');
  assert.deepEqual(headers.get('baggage'), ['a=1,b=2']);
  assert.equal((await api.call('setMetadata', {}, { metadata: { baggage: 'nothing' } })).code, 3);
});

test('grpcServer: API rules close denied RPCs, and everything else when some are allowed', async () => {
  const rule = { name: 'metadata', version: 'v1', protocol: 'grpc' };
  const { rpcs } = listening();
  const codesUnder = async (rules: { allowed: (typeof rule)[]; denied: (typeof rule)[] }) => {
    await using api = await openGrpcServer({ ...rpcs, shutdown: async () => ({}) }, { rules });
    return [(await api.call('setMetadata', {})).code, (await api.call('shutdown', {})).code];
  };
  assert.deepEqual(await codesUnder({ allowed: [], denied: [rule] }), [12, 0]);
  assert.deepEqual(await codesUnder({ allowed: [rule], denied: [] }), [0, 12]);
  assert.deepEqual(await codesUnder({ allowed: [], denied: [{ ...rule, protocol: 'http' }] }), [0, 0]);
  assert.deepEqual(await codesUnder({ allowed: [], denied: [{ ...rule, version: 'v1alpha1' }] }), [0, 0]);
});

test('grpcServer: a message over the limit and a malformed one are rejected', async () => {
  const { calls, rpcs } = listening();
  await using api = await openGrpcServer(rpcs, { maxBodyBytes: 1000 });
  assert.equal((await api.call('setMetadata', { value: 'x'.repeat(2000) })).code, 8);
  const path = '/dapr.proto.runtime.v1.Dapr/SetMetadata';
  const bytes = (text: string): Buffer => Buffer.from(text);
  const code = await new Promise((resolve) =>
    api.client.makeUnaryRequest(path, bytes, String, 'no message', (error) => resolve(error?.code)),
  );
  assert.equal(code, 13);
  assert.equal(calls.length, 0);
});

test('grpcServer: a disconnect or deadline aborts the call, a normal end does not', async () => {
  const { calls, rpcs } = listening();
  const completed: CompletedRpc[] = [];
  const waiting = async (call: Call): Promise<never> => {
    calls.push(call);
    return await new Promise((_resolve, reject) => call.signal.addEventListener('abort', () => reject(new Error())));
  };
  await using api = await openGrpcServer(
    { ...rpcs, getMetadata: waiting },
    { onCompleted: (rpc) => completed.push(rpc) },
  );
  assert.equal((await api.call('setMetadata', {})).code, 0);
  assert.equal((await api.call('getMetadata', {}, { deadline: Date.now() + 150 })).code, 4);
  while (!calls[1]?.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((calls[1].signal.reason as { kind?: { grpc: string } }).kind?.grpc, 'DeadlineExceeded');
  assert.equal(calls[0]?.signal.aborted, false);
  assert.deepEqual(
    completed.map(({ method, code }) => [method.split('/').pop(), code]),
    [
      ['SetMetadata', 'OK'],
      ['GetMetadata', 'DeadlineExceeded'],
    ],
  );
});

test('grpcServer: close lets running RPCs finish, and cancels those that take too long', async () => {
  const { promise: release, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  await using api = await openGrpcServer({
    async getMetadata() {
      begin();
      await release;
      return { id: 'cart' };
    },
    setMetadata: () => new Promise(() => {}),
  });
  const result = api.call('getMetadata', {});
  await begun;
  const closed = api.server.close(5000);
  const socket = connect(api.port, '127.0.0.1');
  assert.equal(((await once(socket, 'error')) as [{ code: string }])[0].code, 'ECONNREFUSED');
  letGo();
  const first = await Promise.race([result, closed.then(() => 'closed before the response')]);
  assert.equal(typeof first === 'object' && first.message?.id, 'cart');
  await closed;

  await using stubborn = await openGrpcServer({ setMetadata: () => new Promise(() => {}) });
  const cut = stubborn.call('setMetadata', {});
  while (stubborn.client.getChannel().getConnectivityState(true) !== 2) await new Promise((r) => setTimeout(r, 5));
  await stubborn.server.close(50);
  assert.notEqual((await cut).code, 0);
});

test('grpcServer: a port in use rejects with EADDRINUSE', async () => {
  await using api = await openGrpcServer({});
  await using other = await openGrpcServer({});
  await assert.rejects(other.server.listen({ host: '127.0.0.1', port: api.port }), { code: 'EADDRINUSE' });
});

test('grpcServer: a stream ends after its status, even if the caller has not finished', { timeout: 5000 }, async () => {
  const { input, name } = Dapr.method.subscribeTopicEventsAlpha1;
  await using api = await openGrpcServer({
    async *subscribeTopicEventsAlpha1(_call, messages) {
      await messages[Symbol.asyncIterator]().next();
      yield {};
      throw testError();
    },
  });
  const session = connectHttp2(`http://127.0.0.1:${api.port}`);
  const headers = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ...headers, ':path': `/${Dapr.typeName}/${name}` }, { endStream: false });
  stream.write(framed(toBinary(input, create(input))));
  stream.write(framed(toBinary(input, create(input))));
  stream.resume();
  const [trailers] = (await once(stream, 'trailers')) as [Record<string, string>];
  assert.equal(trailers['grpc-status'], '11');
  if (!stream.closed) await once(stream, 'close');
  assert.equal(stream.rstCode, 0);
  await api.server.close(60_000);
  session.destroy();
});

function framed(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
