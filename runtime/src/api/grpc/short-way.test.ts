import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { Server } from '@grpc/grpc-js';
import { systemClock } from '#host/clock.ts';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import type { AnsweredRpc } from './open-rpc.ts';
import { shortWay } from './short-way.ts';
import { openDoor } from './testing.ts';

const { input } = Dapr.method.setMetadata;
const request = { key: 'colour', value: 'ütürü' };
const message = Buffer.from(toBinary(input, create(input, request)));

function frame(bytes: Buffer, flag = 0, length = bytes.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** Sends the pieces as frames of their own, then reads the answer to its end. Headers with a status are the only ones. */
async function ask(port: number, pieces: readonly Buffer[], headers: OutgoingHttpHeaders = {}) {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/dapr.proto.runtime.v1.Dapr/SetMetadata',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let answered: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    let bytes = 0;
    stream.on('response', (given) => (answered = given));
    stream.on('trailers', (given) => (trailers = given));
    stream.on('data', (piece: Buffer) => (bytes += piece.length));
    const closed = once(stream, 'close');
    for (const piece of pieces) await new Promise((resolve) => stream.write(piece, resolve));
    stream.end();
    await closed;
    const status = { ...answered, ...trailers };
    return {
      code: Number(status['grpc-status']),
      text: decodeURIComponent(String(status['grpc-message'])),
      answered,
      bytes,
    };
  } finally {
    session.close();
  }
}

function listening() {
  const heard: { key: string; value: string; header: unknown }[] = [];
  return {
    heard,
    rpcs: {
      setMetadata: async (_call: unknown, { key, value }: typeof request, exchange: { metadata: { get: Get } }) => {
        heard.push({ key, value, header: exchange.metadata.get('x-own')[0] });
        return {};
      },
    },
  };
}
type Get = (name: string) => readonly unknown[];

test('a message is heard however it is cut, with the metadata of the call and nothing of the transport', async () => {
  const { heard, rpcs } = listening();
  await using door = await openDoor(rpcs);
  const whole = frame(message);
  const bytewise = Array.from(whole, (_, i) => whole.subarray(i, i + 1));
  for (const pieces of [[whole], bytewise, [whole.subarray(0, 7), whole.subarray(7)]]) {
    const { code, text, answered, bytes } = await ask(door.port, pieces, { 'x-own': 'mine', 'grpc-timeout': '5S' });
    assert.deepEqual([code, text, bytes], [0, 'OK', 5]);
    assert.equal(answered['content-type'], 'application/grpc+proto');
  }
  assert.deepEqual(
    heard,
    Array.from({ length: 3 }, () => ({ ...request, header: 'mine' })),
  );
});

test('a call of no message or of two is none of this kind', async () => {
  const { heard, rpcs } = listening();
  await using door = await openDoor(rpcs);
  const whole = frame(message);
  for (const [pieces, said] of [
    [[], 'no'],
    [[whole.subarray(0, 3)], 'no'],
    [[whole.subarray(0, -1)], 'no'],
    [[whole, whole], 'a second'],
    [[Buffer.concat([whole, whole])], 'a second'],
  ] as const) {
    const { code, text } = await ask(door.port, pieces);
    // these words are our own: the call did not go through grpc-js
    assert.deepEqual([code, /^Received (.*) request message for method /.exec(text)?.[1]], [12, said]);
  }
  assert.equal(heard.length, 0);
});

test('a message over the limit is refused before it is there, and an answer over it too', async () => {
  await using door = await openDoor({ getMetadata: async () => ({ id: 'x'.repeat(100_001) }), ...listening().rpcs });
  const { code, text } = await ask(door.port, [frame(message, 0, 100_001)]);
  assert.deepEqual([code, text], [8, 'grpc: received message larger than max (100001 vs. 100000)']);
  assert.match((await door.call('getMetadata', {})).text, /^grpc: trying to send message larger than max/);
});

test('compressed messages, deadlines that are none and other content go the usual way', async () => {
  const { heard, rpcs } = listening();
  await using door = await openDoor(rpcs);
  const packed = await ask(door.port, [frame(gzipSync(message), 1)], { 'grpc-encoding': 'gzip' });
  assert.deepEqual([packed.code, heard.length], [0, 1]);
  assert.equal((await ask(door.port, [frame(message)], { 'grpc-timeout': 'soon' })).code, 13);
  const { answered } = await ask(door.port, [frame(message)], { 'content-type': 'text/plain' });
  assert.equal(answered[':status'], 415);
});

test('a deadline ends the call, and so does a client that leaves', async () => {
  const told: AnsweredRpc[] = [];
  const signals: AbortSignal[] = [];
  const arrived = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  await using door = await openDoor(
    {
      setMetadata: ({ signal }) => {
        arrived[signals.push(signal) - 1]?.resolve();
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      },
    },
    { onAnswered: (rpc) => told.push(rpc) },
  );
  const late = await ask(door.port, [frame(message)], { 'grpc-timeout': '20m' });
  assert.deepEqual([late.code, late.text], [4, 'Deadline exceeded']);
  const session = connect(`http://127.0.0.1:${door.port}`);
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
    told.map(({ code }) => code),
    ['DeadlineExceeded', 'Canceled'],
  );
});

test('a version of grpc-js that is made otherwise is told at once', () => {
  const server = new Server();
  Reflect.set(server, '_streamHandler', undefined);
  assert.throws(() => shortWay(server, { maxMessageBytes: 1, clock: systemClock() }), /no _streamHandler/);
});
