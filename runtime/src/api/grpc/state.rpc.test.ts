import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateBlock } from '#blocks/state/state.ts';
import { memoryStateStore } from '#components/memory/state-store.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { StateOptions_StateConcurrency } from '#gen/dapr/proto/common/v1/common_pb.ts';
import { stateRpcs } from './state.rpc.ts';
import { openGrpcServer } from './testing.ts';

const store = 'statestore';
const bytes = (text: string): Buffer => Buffer.from(text);
const text = (data: Uint8Array | undefined): string => Buffer.from(data ?? []).toString('utf8');

async function openApi() {
  const about = { name: store, type: 'state.in-memory', version: 'v1', metadata: {} };
  const dependencies = { appId: 'cart', namespace: '', log: silentLog, clock: fakeClock(), random: seededRandom() };
  const port = await memoryStateStore({ ...about, ...dependencies });
  return await openGrpcServer(
    stateRpcs(stateBlock({ ...dependencies, stores: new Map([[store, { ...about, port }]]) })),
  );
}

test('GetState: returns the saved bytes, and an empty response for an absent key', async () => {
  await using api = await openApi();
  const value = Buffer.from([0, 255, 34, 10]);
  await api.call('saveState', { storeName: store, states: [{ key: 'a', value }] });
  const { message } = await api.call('getState', { storeName: store, key: 'a' });
  assert.deepEqual(Buffer.from(message?.data ?? []), value);
  assert.notEqual(message?.etag, '');
  const absent = await api.call('getState', { storeName: store, key: 'b' });
  assert.deepEqual([absent.code, absent.message?.data.length, absent.message?.etag], [0, 0, '']);
});

test('SaveState: a value with contentType JSON is stored as over HTTP', async () => {
  await using api = await openApi();
  const metadata = { contentType: 'application/json' };
  const save = (value: string) =>
    api.call('saveState', { storeName: store, states: [{ key: 'a', value: bytes(value), metadata }] });
  assert.equal((await save('{ "b": 1, "a": "<" }')).code, 0);
  const { message } = await api.call('getState', { storeName: store, key: 'a' });
  assert.equal(text(message?.data), '{"a":"\\u003c","b":1}');
  assert.equal((await save('{')).code, 3);
});

test('SaveState: a stale etag is Aborted, an unknown store InvalidArgument, each with its reason', async () => {
  await using api = await openApi();
  const states = [{ key: 'a', value: bytes('1'), etag: { value: 'stale' } }];
  assert.equal((await api.call('saveState', { storeName: store, states })).code, 10);
  assert.equal((await api.call('deleteState', { storeName: store, key: 'a', etag: { value: 'stale' } })).code, 10);
  const unknown = await api.call('getState', { storeName: 'other', key: 'a' });
  assert.equal(unknown.code, 3);
  assert.equal((unknown.details[0] as { reason?: string }).reason, 'DAPR_STATE_NOT_FOUND');
  assert.equal((await api.call('saveState', { storeName: store, states: [{ value: bytes('1') }] })).code, 3);
  assert.equal((await api.call('saveState', { storeName: 'other', states: [] })).code, 3);
});

test('SaveState: first-write is honoured, and GetState returns the time to live', async () => {
  await using api = await openApi();
  const options = { concurrency: StateOptions_StateConcurrency.CONCURRENCY_FIRST_WRITE };
  const states = [{ key: 'a', value: bytes('1'), options, metadata: { ttlInSeconds: '60' } }];
  assert.equal((await api.call('saveState', { storeName: store, states })).code, 0);
  assert.equal((await api.call('saveState', { storeName: store, states })).code, 10);
  const { message } = await api.call('getState', { storeName: store, key: 'a' });
  assert.match(message?.metadata.ttlExpireTime ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('bulk state RPCs: many keys are read, deleted and changed together', async () => {
  await using api = await openApi();
  const operations = ['a', 'b'].map((key) => ({ operationType: 'upsert', request: { key, value: bytes(key) } }));
  assert.equal((await api.call('executeStateTransaction', { storeName: store, operations })).code, 0);
  const read = async () => {
    const { message } = await api.call('getBulkState', { storeName: store, keys: ['a', 'b'] });
    return message?.items.map(({ key, data }) => `${key}=${text(data)}`);
  };
  assert.deepEqual(await read(), ['a=a', 'b=b']);
  assert.equal((await api.call('deleteBulkState', { storeName: store, states: [{ key: 'a' }] })).code, 0);
  assert.deepEqual(await read(), ['a=', 'b=b']);
  const odd = [{ operationType: 'rename', request: { key: 'a' } }];
  assert.equal((await api.call('executeStateTransaction', { storeName: store, operations: odd })).code, 12);
  const empty = [{ operationType: 'upsert' }];
  assert.equal((await api.call('executeStateTransaction', { storeName: store, operations: empty })).code, 3);
});
