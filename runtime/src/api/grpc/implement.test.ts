import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { create, createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  StringValueSchema,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt';
import { Client, Server, ServerCredentials, credentials } from '@grpc/grpc-js';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { seededRandom } from '#core/random.ts';
import { defineError } from '#core/errors.ts';
import { silentLog } from '#core/log.ts';
import { systemClock } from '#host/process/clock.ts';
import { callOpener } from './open-call.ts';
import { implement } from './implement.ts';
import type { CompletedRpc } from './open-rpc.ts';

const testError = defineError({ code: 'ERR_TEST', http: 400, grpc: 'OutOfRange' }, () => 'too far');

/** A service with one RPC of each kind, all from text to text; Dapr's own has no client streaming RPC. */
function echoService() {
  const type = '.google.protobuf.StringValue';
  const rpc = (name: string, clientStreaming: boolean, serverStreaming: boolean) => {
    return { name, inputType: type, outputType: type, clientStreaming, serverStreaming };
  };
  const method = [rpc('One', false, false), rpc('Down', false, true), rpc('Up', true, false), rpc('Both', true, true)];
  const file = create(FileDescriptorProtoSchema, {
    name: 'echo.proto',
    syntax: 'proto3',
    dependency: ['google/protobuf/wrappers.proto'],
    service: [{ name: 'Echo', method }],
  });
  const set = create(FileDescriptorSetSchema, { file: [file_google_protobuf_wrappers.proto, file] });
  const service = createFileRegistry(set).getService('Echo');
  assert.ok(service);
  return service;
}

type Texts = AsyncIterable<{ readonly value: string }>;
const text = (value: string): MessageInitShape<typeof StringValueSchema> => ({ value });
const encode = (value: string): Buffer =>
  Buffer.from(toBinary(StringValueSchema, create(StringValueSchema, { value })));
const decode = (bytes: Buffer): string => fromBinary(StringValueSchema, bytes).value;

async function openEcho(rpcs: Readonly<Record<string, unknown>>) {
  const server = new Server();
  const closing = new AbortController();
  const completed: CompletedRpc[] = [];
  implement(server, echoService(), rpcs as never, {
    openCall: callOpener({ samplingRate: 0, random: seededRandom() }),
    closing: closing.signal,
    clock: systemClock(),
    log: silentLog,
    onCompleted: (rpc) => completed.push(rpc),
    rejection: () => undefined,
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    ),
  );
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    completed,
    closing,
    client,
    both: (): ClientDuplexStream<string, string> => client.makeBidiStreamRequest('/Echo/Both', encode, decode),
    [Symbol.dispose]() {
      client.close();
      server.forceShutdown();
    },
  };
}

test('server streaming: messages arrive in order', async () => {
  using fixture = await openEcho({
    async *down(_call: unknown, { value }: { value: string }) {
      for (const character of value) yield text(character);
    },
  });
  const parts: string[] = [];
  const stream = fixture.client.makeServerStreamRequest('/Echo/Down', encode, decode, 'abc');
  for await (const part of stream) parts.push(part as string);
  assert.deepEqual(parts, ['a', 'b', 'c']);
  assert.deepEqual(
    fixture.completed.map(({ method, code, requestBytes, responseBytes }) => [
      method,
      code,
      requestBytes,
      responseBytes,
    ]),
    [['/Echo/Down', 'OK', 5, 9]],
  );
});

test('client streaming: one response for all messages', async () => {
  using fixture = await openEcho({
    async up(_call: unknown, messages: Texts) {
      let all = '';
      for await (const { value } of messages) all += value;
      return text(all);
    },
  });
  const response = await new Promise<string | undefined>((resolve, reject) => {
    const stream = fixture.client.makeClientStreamRequest<string, string>('/Echo/Up', encode, decode, (error, value) =>
      error ? reject(error) : resolve(value),
    );
    for (const part of ['a', 'b']) stream.write(part);
    stream.end('c');
  });
  assert.equal(response, 'abc');
});

test('bidirectional streaming: responds while it receives, and an exception ends it with a status', async () => {
  using fixture = await openEcho({
    async *both(_call: unknown, messages: Texts) {
      for await (const { value } of messages) {
        if (value === 'far') throw testError();
        yield text(value.toUpperCase());
      }
    },
  });
  const stream = fixture.both();
  stream.write('a');
  assert.deepEqual(await once(stream, 'data'), ['A']);
  stream.write('far');
  const [error] = (await once(stream, 'error')) as [{ code: number; details: string }];
  assert.deepEqual([error.code, error.details], [11, 'too far']);
});

test('streaming: a client that disconnects aborts the source, and a source that ignores it is abandoned', async () => {
  const { promise: aborted, resolve: completed } = Promise.withResolvers<unknown>();
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  using fixture = await openEcho({
    async *both(call: { signal: AbortSignal }, messages: Texts) {
      call.signal.addEventListener('abort', () => completed(call.signal.reason.kind.grpc));
      try {
        yield text('hello');
        for await (const _ of messages);
      } finally {
        leave();
      }
    },
  });
  const stream = fixture.both().on('error', () => {});
  await once(stream, 'data');
  stream.cancel();
  assert.equal(await aborted, 'Canceled');
  await left;
  assert.deepEqual(
    fixture.completed.map(({ code }) => code),
    ['Canceled'],
  );
});

test('streaming: a closing server ends its streams immediately', async () => {
  using fixture = await openEcho({
    async *both() {
      yield text('hello');
      await new Promise(() => {});
    },
  });
  const stream = fixture.both();
  await once(stream, 'data');
  fixture.closing.abort();
  const [error] = (await once(stream, 'error')) as [{ code: number }];
  assert.equal(error.code, 14);
});

test('streaming: a slow client pauses the source', async () => {
  let made = 0;
  const chunk = 'x'.repeat(64_000);
  using fixture = await openEcho({
    async *down() {
      for (; made < 500; made++) yield text(chunk);
    },
  });
  const stream = fixture.client.makeServerStreamRequest('/Echo/Down', encode, decode, '');
  await once(stream, 'readable');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(made < 100, `${made} pieces were made for a client that reads none`);
  let read = 0;
  for await (const _ of stream) read++;
  assert.equal(read, 500);
});
