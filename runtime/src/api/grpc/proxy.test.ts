import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import { headerOf, isBytes } from '#core/message.ts';
import type { Message } from '#core/message.ts';
import { isRpcEnd, rpcEndFrame, rpcFrame, rpcParts } from '#core/rpc-frames.ts';
import { openGrpcServer } from './testing.ts';

const identity = (bytes: Buffer): Buffer => bytes;

/** A server whose proxy records its calls and echoes every message. */
async function openProxy() {
  const seen: { target: string; message: Message }[] = [];
  const proxy: Invoke['proxy'] = (_call, target, message) => {
    seen.push({ target, message });
    async function* body() {
      for await (const part of rpcParts(message.body)) if (!isRpcEnd(part)) yield rpcFrame(part);
      yield rpcEndFrame({ code: 0, message: '', trailers: ['x-last', 'yes'] });
    }
    return Promise.resolve({ status: 200, headers: ['x-first', 'yes'], body: body() });
  };
  const api = await openGrpcServer({}, { proxy });
  const stream = (target: string | undefined, path = '/shop.Cart/Watch') => {
    const metadata = new Metadata();
    if (target !== undefined) metadata.set('dapr-app-id', target);
    const raw = api.client.makeBidiStreamRequest<Buffer, Buffer>(path, identity, identity, metadata);
    raw.on('error', () => {});
    const status = new Promise<StatusObject>((resolve) => raw.on('status', resolve));
    return { raw, status };
  };
  return { seen, stream, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

test('gRPC proxy: a call of an unknown service goes to the named app', async () => {
  await using fixture = await openProxy();
  const { raw, status } = fixture.stream('cart');
  const received: string[] = [];
  raw.on('data', (bytes: Buffer) => received.push(bytes.toString()));
  raw.end(Buffer.from('one'));
  const { code, metadata } = await status;
  assert.deepEqual([code, metadata.get('x-last'), received], [0, ['yes'], ['one']]);
  const [proxied] = fixture.seen;
  assert.deepEqual([proxied?.target, proxied?.message.path], ['cart', '/shop.Cart/Watch']);
  assert.equal(headerOf(proxied?.message.headers ?? [], 'dapr-app-id'), undefined);
  assert.ok(proxied && isBytes(proxied.message.body), 'one message that is all can be sent again');
});

test('gRPC proxy: stream messages go both ways', async () => {
  await using fixture = await openProxy();
  const { raw, status } = fixture.stream('cart');
  const received: string[] = [];
  raw.on('data', (bytes: Buffer) => {
    received.push(bytes.toString());
    if (received.length === 3) raw.end();
    else raw.write(Buffer.from(`after ${bytes.toString()}`));
  });
  raw.write(Buffer.from('a'));
  assert.equal((await status).code, 0);
  assert.deepEqual(received, ['a', 'after a', 'after after a']);
});

test('gRPC proxy: a call without an app id is rejected, and an unknown Dapr method is Unimplemented', async () => {
  await using fixture = await openProxy();
  const nobody = fixture.stream(undefined);
  nobody.raw.end(Buffer.from('x'));
  assert.match((await nobody.status).details, /missing dapr-callee-app-id or dapr-app-id metadata/);
  const daprMethod = fixture.stream('cart', '/dapr.proto.runtime.v1.Dapr/Nothing');
  daprMethod.raw.end(Buffer.from('x'));
  assert.equal((await daprMethod.status).code, 12);
  assert.equal(fixture.seen.length, 0);
});
