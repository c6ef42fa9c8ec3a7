import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFileRegistry, create, fromBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { type Client, type StatusObject, status as codes } from '@grpc/grpc-js';
import { openDoor } from './testing.ts';

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

function field(fields: readonly [number, Uint8Array | number][], wanted: number): Uint8Array {
  const found = fields.find(([number]) => number === wanted)?.[1];
  return found instanceof Uint8Array ? found : new Uint8Array(0);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function question(number: number, value: string): Buffer {
  return Buffer.concat([Buffer.of(0x0a, 1, 0x68, (number << 3) | 2, value.length), Buffer.from(value)]);
}

async function ask(client: Client, questions: readonly Buffer[], version = 'v1') {
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const same = (bytes: Buffer): Buffer => bytes;
  const stream = client.makeBidiStreamRequest(path, same, same, { deadline: Date.now() + 5000 });
  const ended = new Promise<StatusObject>((resolve) => stream.on('status', resolve));
  const answers: Uint8Array[] = [];
  stream.on('data', (bytes: Buffer) => answers.push(bytes));
  stream.on('error', () => {});
  for (const one of questions) stream.write(one);
  stream.end();
  return { code: (await ended).code, answers: answers.map(fieldsOf) };
}

test('the services are listed, in both versions of the protocol', async () => {
  await using door = await openDoor({});
  for (const version of ['v1', 'v1alpha']) {
    const { code, answers } = await ask(door.client, [question(7, '*')], version);
    assert.equal(code, 0);
    const [answer = []] = answers;
    assert.equal(text(field(answer, 1)), 'h');
    assert.deepEqual([...field(answer, 2)], [...question(7, '*')]);
    assert.deepEqual(
      fieldsOf(field(answer, 6)).map(([, service]) => text(field(fieldsOf(service as Uint8Array), 1))),
      ['dapr.proto.runtime.v1.Dapr', 'grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'],
    );
  }
});

test('the file of a symbol comes with all that it imports, and once', async () => {
  await using door = await openDoor({});
  const names = ['dapr.proto.runtime.v1.Dapr.GetState', 'dapr.proto.runtime.v1.Dapr'];
  const { answers } = await ask(
    door.client,
    names.map((name) => question(4, name)),
  );
  const [first = [], second = []] = answers.map((answer) =>
    fieldsOf(field(answer, 4)).map(([, bytes]) => fromBinary(FileDescriptorProtoSchema, bytes as Uint8Array)),
  );
  assert.equal(second.length, 1);
  assert.equal(second[0]?.name, first[0]?.name);
  // in the order in which a registry can be made of them: imports first
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: importsFirst(first) }));
  assert.equal(registry.getService('dapr.proto.runtime.v1.Dapr')?.method['getState']?.name, 'GetState');
  const name = first[1]?.name ?? '';
  const byName = await ask(door.client, [question(3, name)]);
  assert.equal(field(byName.answers[0] ?? [], 4).length > 0, true);
});

test('what is not there is answered, and the stream goes on', async () => {
  await using door = await openDoor({});
  const questions = [question(4, 'no.such.Thing'), question(3, 'no.proto'), question(6, 'a.B'), question(7, '')];
  const { code, answers } = await ask(door.client, questions);
  assert.equal(code, 0);
  for (const answer of answers.slice(0, 3)) assert.deepEqual(fieldsOf(field(answer, 7))[0], [1, codes.NOT_FOUND]);
  assert.equal(field(answers[3] ?? [], 6).length > 0, true);
});

test('a question that asks nothing, or is none, ends the stream', async () => {
  await using door = await openDoor({});
  assert.equal((await ask(door.client, [Buffer.alloc(0)])).code, codes.INVALID_ARGUMENT);
  assert.equal((await ask(door.client, [Buffer.of(0x22, 99)])).code, codes.INTERNAL);
});

test('nobody asks without the token', async () => {
  await using door = await openDoor({}, { apiToken: 'secret' });
  assert.equal((await ask(door.client, [question(7, '')])).code, codes.UNAUTHENTICATED);
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
