import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMethod, MessageInitShape } from '@bufbuild/protobuf';
import { status as codes } from '@grpc/grpc-js';
import type { Client, StatusObject } from '@grpc/grpc-js';
import type { OutputBinding } from '#blocks/bindings/binding.ts';
import { bindingsBlock } from '#blocks/bindings/bindings.ts';
import { cryptoBlock } from '#blocks/crypto/crypto.ts';
import type { KeyVault } from '#blocks/crypto/key-vault.ts';
import { jobFixture } from '#blocks/jobs/job-fixture.testing.ts';
import { memoryJobStore } from '#components/memory/job-store.ts';
import { silentRecorder } from '#core/activity.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { bindingsRpcs } from './bindings.rpc.ts';
import { cryptoRpcs } from './crypto.rpc.ts';
import { jobsRpcs } from './jobs.rpc.ts';
import { openGrpcServer } from './testing.ts';

const reasonOf = ({ details }: { details: readonly unknown[] }): unknown => (details[0] as { reason?: string }).reason;

test('InvokeBinding: data and metadata are passed both ways, an error has the metadata in headers', async () => {
  const received: unknown[] = [];
  const port: OutputBinding = {
    operations: ['get'],
    invoke: (_call, { operation, data, metadata }) => {
      received.push([operation, Buffer.from(data).toString(), metadata['path']]);
      const failure = metadata['fail'] ? { rejection: 'it is a teapot' } : {};
      return Promise.resolve({ data: Buffer.from('tea'), metadata: { statusCode: '418' }, ...failure });
    },
    close: () => Promise.resolve(),
  };
  const bindings = new Map([['web', { name: 'web', type: 'bindings.http', version: 'v1', metadata: {}, port }]]);
  await using api = await openGrpcServer(bindingsRpcs(bindingsBlock({ bindings, recorder: silentRecorder })));
  const request = { name: 'web', operation: 'get', data: Buffer.from('leaf') };
  const good = await api.call('invokeBinding', { ...request, metadata: { path: '/cup' } });
  assert.deepEqual(
    [Buffer.from(good.message?.data ?? []).toString(), good.message?.metadata],
    ['tea', { statusCode: '418' }],
  );
  assert.deepEqual(received, [['get', 'leaf', '/cup']]);
  const bad = await api.call('invokeBinding', { ...request, metadata: { fail: 'yes' } });
  assert.deepEqual([bad.code, reasonOf(bad)], [codes.INTERNAL, 'ERR_INVOKE_OUTPUT_BINDING']);
  assert.match(bad.text, /it is a teapot/);
  assert.deepEqual(bad.headers.get('metadata.statuscode'), ['418']);
  const nobody = await api.call('invokeBinding', { ...request, name: 'none' });
  assert.equal(reasonOf(nobody), 'ERR_INVOKE_OUTPUT_BINDING');
});

test('jobs RPCs: schedule, get, list and delete, by stable and alpha names', async () => {
  const { jobs } = jobFixture(memoryJobStore);
  await using api = await openGrpcServer(jobsRpcs(jobs));
  const data = { typeUrl: 'type.googleapis.com/shop.Order', value: Buffer.from([1, 2]) };
  const job = { name: 'a', dueTime: '1h', data };
  assert.equal((await api.call('scheduleJob', { job })).code, 0);
  assert.equal((await api.call('scheduleJob', { job })).code, codes.ALREADY_EXISTS);
  assert.equal((await api.call('scheduleJobAlpha1', { job, overwrite: true })).code, 0);
  for (const name of ['getJob', 'getJobAlpha1'] as const) {
    const { message } = await api.call(name, { name: 'a' });
    assert.deepEqual([message?.job?.name, message?.job?.dueTime], ['a', '1h']);
    assert.deepEqual([message?.job?.data?.typeUrl, [...(message?.job?.data?.value ?? [])]], [data.typeUrl, [1, 2]]);
  }
  await api.call('scheduleJob', { job: { name: 'ab', schedule: '@every 1m', repeats: 2 } });
  const listed = (await api.call('listJobs', {})).message?.jobs.map(({ name }) => name).sort();
  assert.deepEqual(listed, ['a', 'ab']);
  assert.equal((await api.call('deleteJob', { name: 'a' })).code, 0);
  assert.notEqual((await api.call('getJob', { name: 'a' })).code, 0);
  assert.equal((await api.call('deleteJobsByPrefix', { namePrefix: 'a' })).code, 0);
  assert.deepEqual((await api.call('listJobsAlpha1', {})).message?.jobs, []);
  const unnamed = await api.call('scheduleJob', { job: { name: '', dueTime: '1h' } });
  assert.deepEqual([unnamed.code, reasonOf(unnamed)], [codes.INVALID_ARGUMENT, 'DAPR_SCHEDULER_JOB_NAME_EMPTY']);
});

/** Wraps by inverting every bit, which shows whether a key was wrapped. */
const vault: KeyVault = {
  wrap: (_call, _name, _algorithm, key) => Promise.resolve(Uint8Array.from(key, (byte) => byte ^ 0xff)),
  unwrap: (_call, _name, _algorithm, wrapped) => Promise.resolve(Uint8Array.from(wrapped, (byte) => byte ^ 0xff)),
  close: () => Promise.resolve(),
};

async function openCrypto() {
  const vaults = new Map([['v', { name: 'v', type: 'crypto', version: 'v1', metadata: {}, port: vault }]]);
  const clock = fakeClock();
  const block = cryptoBlock({ vaults, recorder: silentRecorder, random: seededRandom() });
  return { clock, api: await openGrpcServer(cryptoRpcs(block, clock)) };
}

const { encryptAlpha1, decryptAlpha1 } = Dapr.method;
type Crypt = typeof encryptAlpha1 | typeof decryptAlpha1;

/** Sends all messages, then reads all: chunks with their numbers, and the status. */
async function crypt<Method extends Crypt>(
  client: Client,
  method: Method,
  messages: readonly MessageInitShape<Method['input']>[],
) {
  const { name, input, output }: DescMethod = method;
  const identity = (bytes: Buffer): Buffer => bytes;
  const stream = client.makeBidiStreamRequest<Buffer, Buffer>(`/${Dapr.typeName}/${name}`, identity, identity);
  const chunks: { data: Buffer; seq: bigint }[] = [];
  stream.on('data', (bytes: Buffer) => {
    const { payload } = fromBinary(output, bytes) as { payload?: { data: Uint8Array; seq: bigint } };
    chunks.push({ data: Buffer.from(payload?.data ?? []), seq: payload?.seq ?? -1n });
  });
  stream.on('error', () => {});
  const ended = new Promise<StatusObject>((resolve) => stream.on('status', resolve));
  for (const one of messages) stream.write(Buffer.from(toBinary(input, create(input, one as Record<string, unknown>))));
  stream.end();
  const { code, details } = await ended;
  return { code, details, chunks, joined: Buffer.concat(chunks.map(({ data }) => data)) };
}

const options = { componentName: 'v', keyName: 'k', keyWrapAlgorithm: 'AES' };
const chunk = (data: Buffer, seq: number) => ({ payload: { data, seq: BigInt(seq) } });

test('EncryptAlpha1 and DecryptAlpha1: chunks round-trip, numbered from 0 both ways', async () => {
  const { api } = await openCrypto();
  await using _closing = api;
  const plain = Buffer.alloc(300_001, 'abc');
  const parts = [0, 1, 2, 3].map((at) => chunk(plain.subarray(at * 80_000, (at + 1) * 80_000), at));
  const secret = await crypt(api.client, encryptAlpha1, [{ options, ...parts[0] }, ...parts.slice(1)]);
  assert.equal(secret.code, 0, secret.details);
  assert.ok(secret.chunks.length > 1);
  assert.deepEqual(
    secret.chunks.map(({ seq }) => Number(seq)),
    secret.chunks.map((_, at) => at),
  );
  const received = secret.chunks.map(({ data }, at) => chunk(data, at));
  const opened = await crypt(api.client, decryptAlpha1, [{ options: { componentName: 'v' } }, ...received]);
  assert.equal(opened.code, 0, opened.details);
  assert.ok(opened.joined.equals(plain));
});

test('EncryptAlpha1: messages out of order and repeated or missing options are rejected', async () => {
  const { api } = await openCrypto();
  await using _closing = api;
  const some = Buffer.from('x');
  const wrong = await crypt(api.client, encryptAlpha1, [{ options, ...chunk(some, 0) }, chunk(some, 2)]);
  assert.match(wrong.details, /invalid sequence number received: 2 \(expected: 1\)/);
  const twice = await crypt(api.client, encryptAlpha1, [
    { options, ...chunk(some, 0) },
    { options, ...chunk(some, 1) },
  ]);
  assert.match(twice.details, /options found in non-leading message/);
  const none = await crypt(api.client, encryptAlpha1, [chunk(some, 0)]);
  assert.deepEqual([none.code, /required options/.test(none.details)], [codes.INVALID_ARGUMENT, true]);
  const stranger = await crypt(api.client, encryptAlpha1, [{ options: { ...options, componentName: 'w' } }]);
  assert.equal(stranger.code, codes.INVALID_ARGUMENT);
});

test('EncryptAlpha1: the options must arrive within five seconds', async () => {
  const { clock, api } = await openCrypto();
  await using _closing = api;
  const identity = (bytes: Buffer): Buffer => bytes;
  const stream = api.client.makeBidiStreamRequest(`/${Dapr.typeName}/${encryptAlpha1.name}`, identity, identity);
  stream.on('error', () => {});
  const ended = new Promise<StatusObject>((resolve) => stream.on('status', resolve));
  let isOver = false;
  void ended.then(() => (isOver = true));
  while (!isOver) {
    await clock.tick(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.match((await ended).details, /error waiting for first message/);
  stream.cancel();
});
