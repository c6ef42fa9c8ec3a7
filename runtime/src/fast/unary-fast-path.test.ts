import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { Server } from '@grpc/grpc-js';
import { systemClock } from '#host/process/clock.ts';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import type { CompletedRpc } from '#api/grpc/open-rpc.ts';
import { unaryFastPath } from './unary-fast-path.ts';
import { openGrpcServer } from '#api/grpc/testing.ts';

const { input } = Dapr.method.setMetadata;
const request = { key: 'colour', value: 'ütürü' };
const message = Buffer.from(toBinary(input, create(input, request)));

function frame(bytes: Buffer, flag = 0, length = bytes.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** Sends each chunk as a frame, then reads the response to its end. Headers with a status are the only ones. */
async function send(port: number, chunks: readonly Buffer[], headers: OutgoingHttpHeaders = {}) {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/dapr.proto.runtime.v1.Dapr/SetMetadata',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let responseHeaders: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    let bytes = 0;
    stream.on('response', (fields) => (responseHeaders = fields));
    stream.on('trailers', (fields) => (trailers = fields));
    stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
    const closed = once(stream, 'close');
    for (const chunk of chunks) await new Promise((resolve) => stream.write(chunk, resolve));
    stream.end();
    await closed;
    const status = { ...responseHeaders, ...trailers };
    return {
      code: Number(status['grpc-status']),
      text: decodeURIComponent(String(status['grpc-message'])),
      responseHeaders,
      bytes,
    };
  } finally {
    session.close();
  }
}

function listening() {
  const received: { key: string; value: string; header: unknown }[] = [];
  return {
    received,
    rpcs: {
      setMetadata: async (_call: unknown, { key, value }: typeof request, exchange: { metadata: { get: Get } }) => {
        received.push({ key, value, header: exchange.metadata.get('x-own')[0] });
        return {};
      },
    },
  };
}
type Get = (name: string) => readonly unknown[];

test('unaryFastPath: a message arrives however it is split, with call metadata and without transport headers', async () => {
  const { received, rpcs } = listening();
  await using api = await openGrpcServer(rpcs);
  const framed = frame(message);
  const bytewise = Array.from(framed, (_, i) => framed.subarray(i, i + 1));
  for (const chunks of [[framed], bytewise, [framed.subarray(0, 7), framed.subarray(7)]]) {
    const { code, text, responseHeaders, bytes } = await send(api.port, chunks, {
      'x-own': 'mine',
      'grpc-timeout': '5S',
    });
    assert.deepEqual([code, text, bytes], [0, 'OK', 5]);
    assert.equal(responseHeaders['content-type'], 'application/grpc+proto');
  }
  assert.deepEqual(
    received,
    Array.from({ length: 3 }, () => ({ ...request, header: 'mine' })),
  );
});

test('unaryFastPath: a call with no message or two is Unimplemented', async () => {
  const { received, rpcs } = listening();
  await using api = await openGrpcServer(rpcs);
  const framed = frame(message);
  for (const [chunks, count] of [
    [[], 'no'],
    [[framed.subarray(0, 3)], 'no'],
    [[framed.subarray(0, -1)], 'no'],
    [[framed, framed], 'a second'],
    [[Buffer.concat([framed, framed])], 'a second'],
  ] as const) {
    const { code, text } = await send(api.port, chunks);
    // this message is not grpc-js': the call did not go through it
    assert.deepEqual([code, /^Received (.*) request message for method /.exec(text)?.[1]], [12, count]);
  }
  assert.equal(received.length, 0);
});

test('unaryFastPath: requests and responses over the limit are ResourceExhausted', async () => {
  await using api = await openGrpcServer({
    getMetadata: async () => ({ id: 'x'.repeat(100_001) }),
    ...listening().rpcs,
  });
  const { code, text } = await send(api.port, [frame(message, 0, 100_001)]);
  assert.deepEqual([code, text], [8, 'grpc: received message larger than max (100001 vs. 100000)']);
  assert.match((await api.call('getMetadata', {})).text, /^grpc: trying to send message larger than max/);
});

test('unaryFastPath: compression, malformed deadlines and other content types are left to grpc-js', async () => {
  const { received, rpcs } = listening();
  await using api = await openGrpcServer(rpcs);
  const packed = await send(api.port, [frame(gzipSync(message), 1)], { 'grpc-encoding': 'gzip' });
  assert.deepEqual([packed.code, received.length], [0, 1]);
  assert.equal((await send(api.port, [frame(message)], { 'grpc-timeout': 'soon' })).code, 13);
  const { responseHeaders } = await send(api.port, [frame(message)], { 'content-type': 'text/plain' });
  assert.equal(responseHeaders[':status'], 415);
});

test('unaryFastPath: a deadline or a disconnect ends the call', async () => {
  const completed: CompletedRpc[] = [];
  const signals: AbortSignal[] = [];
  const arrived = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  await using api = await openGrpcServer(
    {
      setMetadata: ({ signal }) => {
        arrived[signals.push(signal) - 1]?.resolve();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      },
    },
    { onCompleted: (rpc) => completed.push(rpc) },
  );
  const late = await send(api.port, [frame(message)], { 'grpc-timeout': '20m' });
  assert.deepEqual([late.code, late.text], [4, 'Deadline exceeded']);
  const session = connect(`http://127.0.0.1:${api.port}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/dapr.proto.runtime.v1.Dapr/SetMetadata',
    'content-type': 'application/grpc',
  });
  stream.end(frame(message));
  await arrived[1].promise;
  const { signal } = { signal: signals[1] };
  assert.ok(signal);
  const aborted = once(signal, 'abort');
  stream.close(8);
  await aborted;
  session.close();
  assert.deepEqual(
    completed.map(({ code }) => code),
    ['DeadlineExceeded', 'Canceled'],
  );
});

test('unaryFastPath: an incompatible grpc-js is an error at start', () => {
  const server = new Server();
  Reflect.set(server, '_streamHandler', undefined);
  assert.throws(() => unaryFastPath(server, { maxMessageBytes: 1, clock: systemClock() }), /no _streamHandler/);
});
