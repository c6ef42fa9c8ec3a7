import assert from 'node:assert/strict';
import test from 'node:test';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import type { Loaded } from '#core/component.ts';
import { RuntimeError } from '#core/errors.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { memoryStateStore } from '#components/memory/state-store.ts';
import { type StateStore, type TransactionalStateStore, isTransactional } from './state-store.ts';
import { stateBlock } from './state.ts';

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};
const storeName = 'statestore';
const one = Buffer.from('1');

async function block(change: (store: TransactionalStateStore) => StateStore = (store) => store) {
  const about = { name: storeName, type: 'state.in-memory', version: 'v1', metadata: {} };
  const dependencies = { appId: 'orders', namespace: '', log: silentLog, clock: fakeClock(), random: seededRandom() };
  const memory = await memoryStateStore({ ...about, ...dependencies });
  assert.ok(isTransactional(memory));
  const stores = new Map<string, Loaded<StateStore>>([[storeName, { ...about, port: change(memory) }]]);
  return stateBlock({ appId: 'orders', namespace: '', stores });
}

async function errorCodeOf(work: Promise<unknown>): Promise<RuntimeError> {
  const [result] = await Promise.allSettled([work]);
  assert.ok(result.status === 'rejected' && result.reason instanceof RuntimeError, 'rejected with a declared error');
  return result.reason;
}

test('state save: values are bytes and stay unchanged', async () => {
  const state = await block();
  const value = Uint8Array.from({ length: 256 }, (_, at) => at);
  await state.save(call, { storeName, states: [{ key: 'k', value }] });
  const stored = await state.get(call, { storeName, key: 'k' });
  assert.deepEqual(Buffer.from(stored?.data ?? []), Buffer.from(value));
  assert.deepEqual(stored?.metadata, {});
});

test('state errors: each operation has its code and both statuses', async () => {
  const state = await block();
  const item = { key: 'k', value: one, etag: 'stale' };
  const rejections: [Promise<unknown>, string][] = [
    [state.save(call, { storeName, states: [item] }), 'ERR_STATE_SAVE 409 Aborted'],
    [state.delete(call, { storeName, ...item }), 'ERR_STATE_DELETE 409 Aborted'],
    [state.deleteBulk(call, { storeName, states: [item] }), 'ERR_STATE_BULK_DELETE 409 Aborted'],
    [
      state.transact(call, { storeName, operations: [{ operationType: 'upsert', request: item }] }),
      'ERR_STATE_TRANSACTION 500 Internal',
    ],
  ];
  for (const [work, expected] of rejections) {
    const { kind, message } = await errorCodeOf(work);
    assert.equal(`${kind.code} ${kind.http} ${kind.grpc}`, expected);
    assert.match(message, /possible etag mismatch/);
  }
});

test('state errors: an unavailable store gives its reason', async () => {
  const down = (): Promise<never> => Promise.reject(new Error('the database is on fire'));
  const state = await block((store) => ({
    ...store,
    get: down,
    getBulk: down,
    set: down,
    delete: down,
    transact: down,
  }));
  const operations = [{ operationType: 'delete', request: { key: 'k', value: one } }];
  const rejections: [Promise<unknown>, string][] = [
    [state.get(call, { storeName, key: 'k' }), 'ERR_STATE_GET'],
    [state.getBulk(call, { storeName, keys: ['k'] }), 'ERR_STATE_BULK_GET'],
    [state.save(call, { storeName, states: [{ key: 'k', value: one }] }), 'ERR_STATE_SAVE'],
    [state.delete(call, { storeName, key: 'k' }), 'ERR_STATE_DELETE'],
    [state.transact(call, { storeName, operations }), 'ERR_STATE_TRANSACTION'],
  ];
  for (const [work, code] of rejections) {
    const { kind, message } = await errorCodeOf(work);
    assert.equal(`${kind.code} ${kind.http} ${kind.grpc}`, `${code} 500 Internal`);
    assert.match(message, /the database is on fire/);
  }
});

test('state bulk delete: a rejected item does not prevent the others', async () => {
  const state = await block();
  const keys = ['a', 'b', 'c'];
  await state.save(call, { storeName, states: keys.map((key) => ({ key, value: one })) });
  const states = keys.map((key) => (key === 'b' ? { key, etag: 'stale' } : { key }));
  await errorCodeOf(state.deleteBulk(call, { storeName, states }));
  const remaining = await state.getBulk(call, { storeName, keys });
  assert.deepEqual(
    remaining.map(({ key, data }) => [key, data !== undefined]),
    [
      ['a', false],
      ['b', true],
      ['c', false],
    ],
  );
});

test('state save: an invalid key rejects the whole request', async () => {
  const state = await block();
  const states = [
    { key: 'good', value: one },
    { key: 'a||b', value: one },
  ];
  assert.equal((await errorCodeOf(state.save(call, { storeName, states }))).kind.http, 400);
  assert.equal(await state.get(call, { storeName, key: 'good' }), undefined);
});

test('state transaction: an unsupporting store, and one with a limit, give their errors', async () => {
  const operations = [1, 2, 3].map((n) => ({ operationType: 'upsert', request: { key: `k${n}`, value: one } }));
  const plain = await block((store) => ({ ...store, features: ['ETAG'] }));
  const unsupported = await errorCodeOf(plain.transact(call, { storeName, operations }));
  assert.equal(`${unsupported.kind.code} ${unsupported.kind.grpc}`, 'ERR_STATE_STORE_NOT_SUPPORTED Unimplemented');
  const limited = await block((store) => ({ ...store, maxOperations: 2 }));
  const tooMany = await errorCodeOf(limited.transact(call, { storeName, operations }));
  assert.equal(`${tooMany.kind.code} ${tooMany.kind.http}`, 'ERR_STATE_STORE_TOO_MANY_TRANSACTIONS 400');
});
