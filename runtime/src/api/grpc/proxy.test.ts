import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import { headerOf, isBytes } from '#core/message.ts';
import type { Message } from '#core/message.ts';
import { isRpcEnd, rpcEndFrame, rpcFrame, rpcParts } from '#core/rpc-frames.ts';
import { openDoor } from './testing.ts';

const same = (bytes: Buffer): Buffer => bytes;

/** Opens a door whose proxy notes what it is given and answers every message with itself. */
async function door() {
  const seen: { target: string; message: Message }[] = [];
  const proxy: Invoke['proxy'] = (_call, target, message) => {
    seen.push({ target, message });
    async function* body() {
      for await (const part of rpcParts(message.body)) if (!isRpcEnd(part)) yield rpcFrame(part);
      yield rpcEndFrame({ code: 0, message: '', trailers: ['x-last', 'yes'] });
    }
    return Promise.resolve({ status: 200, headers: ['x-first', 'yes'], body: body() });
  };
  const api = await openDoor({}, { proxy });
  const stream = (target: string | undefined, path = '/shop.Cart/Watch') => {
    const metadata = new Metadata();
    if (target !== undefined) metadata.set('dapr-app-id', target);
    const raw = api.client.makeBidiStreamRequest<Buffer, Buffer>(path, same, same, metadata);
    raw.on('error', () => {});
    const status = new Promise<StatusObject>((resolve) => raw.on('status', resolve));
    return { raw, status };
  };
  return { seen, stream, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

test('a call of a service that the sidecar does not have goes to the named app', async () => {
  await using world = await door();
  const { raw, status } = world.stream('cart');
  const heard: string[] = [];
  raw.on('data', (bytes: Buffer) => heard.push(bytes.toString()));
  raw.end(Buffer.from('one'));
  const { code, metadata } = await status;
  assert.deepEqual([code, metadata.get('x-last'), heard], [0, ['yes'], ['one']]);
  const [asked] = world.seen;
  assert.deepEqual([asked?.target, asked?.message.path], ['cart', '/shop.Cart/Watch']);
  assert.equal(headerOf(asked?.message.headers ?? [], 'dapr-app-id'), undefined);
  assert.ok(asked && isBytes(asked.message.body), 'one message that is all can be sent again');
});

test('messages of a stream go both ways while it is open', async () => {
  await using world = await door();
  const { raw, status } = world.stream('cart');
  const heard: string[] = [];
  raw.on('data', (bytes: Buffer) => {
    heard.push(bytes.toString());
    if (heard.length === 3) raw.end();
    else raw.write(Buffer.from(`after ${bytes.toString()}`));
  });
  raw.write(Buffer.from('a'));
  assert.equal((await status).code, 0);
  assert.deepEqual(heard, ['a', 'after a', 'after after a']);
});

test('a call that names no app is refused, and an unknown method of the sidecar itself is not implemented', async () => {
  await using world = await door();
  const nobody = world.stream(undefined);
  nobody.raw.end(Buffer.from('x'));
  assert.match((await nobody.status).details, /missing dapr-callee-app-id or dapr-app-id metadata/);
  const own = world.stream('cart', '/dapr.proto.runtime.v1.Dapr/Nothing');
  own.raw.end(Buffer.from('x'));
  assert.equal((await own.status).code, 12);
  assert.equal(world.seen.length, 0);
});
