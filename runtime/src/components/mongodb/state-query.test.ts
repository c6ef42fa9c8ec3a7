import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StateQuery } from '#blocks/state/state-store.ts';
import { mongoStateStore } from './state-store.ts';
import { queryFilter } from './state-query.ts';
import { call, mongoContext, skipWithoutMongo as skip, testCollection } from './testing.ts';

const people = [
  { id: 'a', person: { org: 'A', id: 123 }, state: 'CA' },
  { id: 'b', person: { org: 'B', id: 567 }, state: 'WA' },
  { id: 'c', person: { org: 'B', id: 890 }, state: 'CA' },
  { id: 'd', person: { org: 'C', id: 1000 } },
];

async function openPeople() {
  const test = testCollection();
  const store = await mongoStateStore(mongoContext({ collectionname: test.name }));
  for (const person of people) {
    const value = Buffer.from(JSON.stringify(person));
    await store.set(call, { kind: 'set', key: `shop||${person.id}`, value, isJson: true });
    await store.set(call, { kind: 'set', key: `other||${person.id}`, value, isJson: true });
  }
  return {
    ...test,
    store,
    async ids(query: Partial<StateQuery>): Promise<string> {
      const { items } = await store.query(call, { keyPrefix: 'shop||', sort: [], ...query });
      return items.map(({ key }) => key.replace('shop||', '')).join('');
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await test[Symbol.asyncDispose]();
    },
  };
}

test('mongodb query: filters match the values of this app', { skip }, async () => {
  await using it = await openPeople();
  const inCalifornia = { operator: 'EQ', key: 'state', value: 'CA' } as const;
  const isLarge = { operator: 'GTE', key: 'person.id', value: 890 } as const;
  assert.equal(await it.ids({}), 'abcd');
  assert.equal(await it.ids({ filter: inCalifornia }), 'ac');
  assert.equal(await it.ids({ filter: { operator: 'EQ', key: 'person.id', value: 567 } }), 'b');
  assert.equal(await it.ids({ filter: { operator: 'EQ', key: 'person', value: { org: 'A', id: 123 } } }), 'a');
  assert.equal(await it.ids({ filter: { operator: 'NEQ', key: 'state', value: 'CA' } }), 'bd');
  assert.equal(await it.ids({ filter: { operator: 'GT', key: 'person.id', value: 890 } }), 'd');
  assert.equal(await it.ids({ filter: { operator: 'LT', key: 'person.id', value: 567 } }), 'a');
  assert.equal(await it.ids({ filter: { operator: 'LTE', key: 'person.id', value: 567 } }), 'ab');
  assert.equal(await it.ids({ filter: { operator: 'IN', key: 'person.org', values: ['A', 'C'] } }), 'ad');
  assert.equal(await it.ids({ filter: { operator: 'AND', filters: [inCalifornia, isLarge] } }), 'c');
  assert.equal(await it.ids({ filter: { operator: 'OR', filters: [inCalifornia, isLarge] } }), 'acd');
});

test('mongodb query: results are sorted, paged, and without expired documents', { skip }, async () => {
  await using it = await openPeople();
  const sort = [
    { key: 'person.org', order: 'DESC' },
    { key: 'person.id', order: 'ASC' },
  ] as const;
  assert.equal(await it.ids({ sort }), 'dbca');
  const first = await it.store.query(call, { keyPrefix: 'shop||', sort, limit: 3 });
  assert.deepEqual([first.items.length, first.token], [3, '3']);
  const second = await it.store.query(call, { keyPrefix: 'shop||', sort, limit: 3, token: first.token });
  assert.deepEqual([second.items.map(({ key }) => key), second.token], [['shop||a'], '4']);
  await it.collection.updateOne({ _id: 'shop||a' }, { $set: { _ttl: new Date(0) } });
  assert.equal(await it.ids({}), 'bcd');
  await assert.rejects(it.ids({ token: 'x' }), /the token "x" was not returned by a query/);
});

test('mongodb query: a prefix is literal text, and comparisons require numbers', () => {
  const { $and: parts = [] } = queryFilter('a.b||', undefined);
  assert.deepEqual(parts[0], { _id: { $regex: '^a\\.b\\|\\|' } });
  assert.throws(
    () => queryFilter('', { operator: 'GT', key: 'n', value: 'x' }),
    /unsupported type of value x; string type not permitted/,
  );
});
