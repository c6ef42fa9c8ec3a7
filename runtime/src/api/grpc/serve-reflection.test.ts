import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFileRegistry, create, fromBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { type Client, type StatusObject, status as codes } from '@grpc/grpc-js';
import { openGrpcServer } from './testing.ts';

/** Fields of a message with their bytes or number, in order. */
function fieldsOf(bytes: Uint8Array): [number, Uint8Array | number][] {
  const reader = new BinaryReader(bytes);
  const fields: [number, Uint8Array | number][] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    fields.push([number, wireType === 0 ? reader.int32() : reader.bytes()]);
  }
  return fields;
}

function field(fields: readonly [number, Uint8Array | number][], fieldNumber: number): Uint8Array {
  const value = fields.find(([number]) => number === fieldNumber)?.[1];
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function request(number: number, value: string): Buffer {
  return Buffer.concat([Buffer.of(0x0a, 1, 0x68, (number << 3) | 2, value.length), Buffer.from(value)]);
}

async function send(client: Client, requests: readonly Buffer[], version = 'v1') {
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const identity = (bytes: Buffer): Buffer => bytes;
  const stream = client.makeBidiStreamRequest(path, identity, identity, { deadline: Date.now() + 5000 });
  const ended = new Promise<StatusObject>((resolve) => stream.on('status', resolve));
  const responses: Uint8Array[] = [];
  stream.on('data', (bytes: Buffer) => responses.push(bytes));
  stream.on('error', () => {});
  for (const one of requests) stream.write(one);
  stream.end();
  return { code: (await ended).code, responses: responses.map(fieldsOf) };
}

test('reflection: the services are listed, in both versions of the protocol', async () => {
  await using api = await openGrpcServer({});
  for (const version of ['v1', 'v1alpha']) {
    const { code, responses } = await send(api.client, [request(7, '*')], version);
    assert.equal(code, 0);
    const [response = []] = responses;
    assert.equal(text(field(response, 1)), 'h');
    assert.deepEqual([...field(response, 2)], [...request(7, '*')]);
    assert.deepEqual(
      fieldsOf(field(response, 6)).map(([, service]) => text(field(fieldsOf(service as Uint8Array), 1))),
      ['dapr.proto.runtime.v1.Dapr', 'grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'],
    );
  }
});

test('reflection: the file of a symbol comes with its imports, once', async () => {
  await using api = await openGrpcServer({});
  const names = ['dapr.proto.runtime.v1.Dapr.GetState', 'dapr.proto.runtime.v1.Dapr'];
  const { responses } = await send(
    api.client,
    names.map((name) => request(4, name)),
  );
  const [first = [], second = []] = responses.map((response) =>
    fieldsOf(field(response, 4)).map(([, bytes]) => fromBinary(FileDescriptorProtoSchema, bytes as Uint8Array)),
  );
  assert.equal(second.length, 1);
  assert.equal(second[0]?.name, first[0]?.name);
  // in the order in which a registry can be built: imports first
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: importsFirst(first) }));
  assert.equal(registry.getService('dapr.proto.runtime.v1.Dapr')?.method['getState']?.name, 'GetState');
  const name = first[1]?.name ?? '';
  const byName = await send(api.client, [request(3, name)]);
  assert.equal(field(byName.responses[0] ?? [], 4).length > 0, true);
});

test('reflection: an unknown symbol is an error response, and the stream continues', async () => {
  await using api = await openGrpcServer({});
  const requests = [request(4, 'no.such.Thing'), request(3, 'no.proto'), request(6, 'a.B'), request(7, '')];
  const { code, responses } = await send(api.client, requests);
  assert.equal(code, 0);
  for (const response of responses.slice(0, 3)) assert.deepEqual(fieldsOf(field(response, 7))[0], [1, codes.NOT_FOUND]);
  assert.equal(field(responses[3] ?? [], 6).length > 0, true);
});

test('reflection: an empty or malformed request ends the stream', async () => {
  await using api = await openGrpcServer({});
  assert.equal((await send(api.client, [Buffer.alloc(0)])).code, codes.INVALID_ARGUMENT);
  assert.equal((await send(api.client, [Buffer.of(0x22, 99)])).code, codes.INTERNAL);
});

test('reflection: requires the API token', async () => {
  await using api = await openGrpcServer({}, { apiToken: 'secret' });
  assert.equal((await send(api.client, [request(7, '')])).code, codes.UNAUTHENTICATED);
});

interface File {
  readonly name: string;
  readonly dependency: readonly string[];
}

function importsFirst<T extends File>(files: readonly T[]): T[] {
  const sorted: T[] = [];
  const add = (name: string): void => {
    const file = files.find((one) => one.name === name);
    if (!file || sorted.includes(file)) return;
    file.dependency.forEach(add);
    sorted.push(file);
  };
  for (const { name } of files) add(name);
  return sorted;
}
