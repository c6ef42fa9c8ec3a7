import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import type { StateStoreCase, StateStoreUnderTest } from '#blocks/state/state-store.conformance.ts';
import type { SetOperation } from '#blocks/state/state-store.ts';
import { RuntimeError } from '#core/errors.ts';
import { mongoStateStore } from './state-store.ts';
import { call, mongoContext, skipWithoutMongo as skip, skipWithoutTransactions, testCollection } from './testing.ts';

const skipTransactions = await skipWithoutTransactions();

async function openStore() {
  const test = testCollection();
  const store = await mongoStateStore(mongoContext({ collectionname: test.name }));
  return {
    ...test,
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await test[Symbol.asyncDispose]();
    },
  };
}

async function open(): Promise<StateStoreUnderTest> {
  const opened = await openStore();
  return { ...opened, close: () => opened[Symbol.asyncDispose]() };
}

const transactionCases: readonly StateStoreCase[] = [
  'transact: operations are applied in order',
  'transact: one rejected operation changes nothing',
  'transact: transactions and single writes to the same keys keep their order',
  'transact: concurrent transactions on the same keys all end',
];
stateStoreConformance('mongodb', open, {
  skip,
  skipCases:
    skipTransactions === false ? {} : Object.fromEntries(transactionCases.map((name) => [name, skipTransactions])),
});

const set = (key: string, value: string, more: Partial<SetOperation> = {}): SetOperation => ({
  kind: 'set',
  key,
  value: Buffer.from(value),
  ...more,
});
const textOf = (data: Uint8Array | undefined): string => Buffer.from(data ?? []).toString();

test('mongodb: a value is upstream’s document', { skip }, async () => {
  await using it = await openStore();
  await it.store.set(call, set('shop||a', '{"b":1,"a":["x"]}', { isJson: true }));
  await it.store.set(call, set('shop||b', 'plain'));
  await it.store.set(call, set('shop||c', '"text"', { isJson: true, ttlSeconds: 100 }));
  const [a, b, c] = await it.collection.find().sort({ _id: 1 }).toArray();
  assert.deepEqual(a?.['value'], { b: 1, a: ['x'] });
  assert.deepEqual(Object.keys(a ?? {}).toSorted(), ['_etag', '_id', '_ttl', 'value']);
  assert.match(String(a?.['_etag']), /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  assert.deepEqual([a?.['_ttl'], b?.['_ttl'], b?.['value'], c?.['value']], [null, null, 'plain', '"text"']);
  assert.ok(c?.['_ttl'] instanceof Date);
  const left = c['_ttl'].getTime() - Date.now();
  assert.ok(left > 90_000 && left < 110_000, `${left} ms are left`);
});

test('mongodb: the server removes expired documents by an index', { skip }, async () => {
  await using it = await openStore();
  const index = (await it.collection.indexes()).find(({ key }) => '_ttl' in key);
  assert.equal(index?.['expireAfterSeconds'], 0);
});

test('mongodb: reads documents of other programs, also without etag and time to live', { skip }, async () => {
  await using it = await openStore();
  await it.collection.insertOne({ _id: 'foreign', value: { n: 1 } });
  const value = await it.store.get(call, 'foreign');
  assert.deepEqual([textOf(value?.data), value?.etag, value?.expiresAt], ['{"n":1}', '', undefined]);
  await it.store.set(call, set('foreign', 'mine'));
  assert.equal(textOf((await it.store.get(call, 'foreign'))?.data), 'mine');
});

test(
  'mongodb: an object replaces the previous one and preserves $ in values, with and without an expiry',
  { skip },
  async () => {
    await using it = await openStore();
    for (const ttlSeconds of [undefined, 100]) {
      await it.store.set(call, set('k', '{"before":1}', { isJson: true, ttlSeconds }));
      await it.store.set(call, set('k', '{"after":{"name":"$value","$add":[1,2]}}', { isJson: true, ttlSeconds }));
      const value = await it.store.get(call, 'k');
      assert.equal(textOf(value?.data), '{"after":{"$add":[1,2],"name":"$value"}}');
      await it.store.set(call, set('$k', '$text', { ttlSeconds }));
      assert.equal(textOf((await it.store.get(call, '$k'))?.data), '$text');
    }
  },
);

test('mongodb: concurrent inserts of one key both succeed, of two first writes only one', { skip }, async () => {
  await using it = await openStore();
  const other = await mongoStateStore(mongoContext({ collectionname: it.name }));
  const both = [it.store, other];
  for (let round = 0; round < 10; round++) {
    await Promise.all(both.map((store) => store.set(call, set(`plain-${round}`, 'x'))));
    const first = both.map((store) => store.set(call, set(`first-${round}`, 'x', { concurrency: 'first-write' })));
    const results = await Promise.allSettled(first);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  }
  await other.close();
});

test('mongodb: concurrent transactions on the same keys are atomic', { skip: skipTransactions }, async () => {
  await using it = await openStore();
  const other = await mongoStateStore(mongoContext({ collectionname: it.name }));
  const rounds = [it.store, other].flatMap((store, at) =>
    Array.from({ length: 10 }, (_, round) => {
      const keys = (at + round) % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
      return store.transact(
        call,
        keys.map((key) => set(key, `${at}-${round}`)),
      );
    }),
  );
  await Promise.all(rounds);
  const value = await it.store.getBulk(call, ['a', 'b']);
  assert.equal(textOf(value.get('a')?.data), textOf(value.get('b')?.data));
  await other.close();
});

test('mongodb: an error has the server’s text', { skip }, async () => {
  await using it = await openStore();
  await assert.rejects(it.store.set(call, set('large', 'x'.repeat(17 * 1024 * 1024))), (error: unknown) => {
    assert.ok(error instanceof RuntimeError);
    assert.equal(error.kind.code, 'ERR_STATE_REFUSED');
    return /MongoDB rejected the operation/.test(error.message);
  });
});
