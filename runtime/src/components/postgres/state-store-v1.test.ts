import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { silentLog } from '#core/log.ts';
import { parseQuery } from '#blocks/state/query.ts';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import { systemClock } from '#host/process/clock.ts';
import { postgresStateStoreV1 } from './state-store-v1.ts';
import { testSchema } from './testing.ts';

const serverUrl = process.env.TEST_DATABASE_URL ?? '';
const skip = serverUrl === '' ? 'TEST_DATABASE_URL is not set' : false;

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };

function context(connectionstring: string, more: Record<string, string> = {}): ComponentContext {
  const identity = { name: 'statestore', type: 'state.postgresql', version: 'v1', appId: 'orders', namespace: '' };
  const metadata = { connectionstring, ...more };
  return { ...identity, metadata, log: silentLog, clock: systemClock(), random: seededRandom() };
}

stateStoreConformance(
  'postgres v1',
  async () => {
    const schema = await testSchema(serverUrl);
    const store = await postgresStateStoreV1(context(schema.url));
    return {
      store,
      foreignEtag: '99',
      malformedEtag: 'invalid',
      async passTime(ms) {
        await schema.query(`update state set expiredate = expiredate - $1 * interval '1 millisecond'`, [ms]);
      },
      async close() {
        await store.close();
        await schema.drop();
      },
    };
  },
  {
    skip,
    skipCases: { 'ttl: the etag of an expired value is rejected': 'time passes by a write, which gives new etags' },
  },
);

test('postgres v1: rows have upstream’s format', { skip }, async () => {
  const schema = await testSchema(serverUrl);
  const store = await postgresStateStoreV1(context(schema.url, { tablename: 'items' }));
  await store.set(call, { kind: 'set', key: 'orders||json', value: Buffer.from('{"b":1,"a":2}'), isJson: true });
  await store.set(call, { kind: 'set', key: 'orders||bytes', value: Buffer.from('hello') });
  const rows = await schema.query(
    'select key, value::text, isbinary, xmin::text as etag, updatedate from items order by key',
  );
  const etag = (await store.get(call, 'orders||json'))?.etag;
  assert.deepEqual(
    rows.map(({ key, value, isbinary, updatedate }) => [key, value, isbinary, updatedate]),
    [
      ['orders||bytes', '"aGVsbG8="', true, null],
      ['orders||json', '{"a": 2, "b": 1}', false, null],
    ],
  );
  assert.equal(rows[1]?.['etag'], etag);
  const levels = await schema.query(`select value from dapr_metadata where key = 'migrations'`);
  assert.deepEqual(levels, [{ value: '3' }]);
  await store.close();
  await schema.drop();
});

test('postgres v1: components with different tables share the migration key', { skip }, async () => {
  const schema = await testSchema(serverUrl);
  const one = await postgresStateStoreV1(context(schema.url));
  const other = await postgresStateStoreV1(context(schema.url, { tablename: 'other' }));
  await other.set(call, { kind: 'set', key: 'k', value: Buffer.from('1') });
  assert.equal(await one.get(call, 'k'), undefined);
  await one.close();
  await other.close();
  await schema.drop();
});

test('postgres v1: an expired value counts as absent in conditions', { skip }, async () => {
  const schema = await testSchema(serverUrl);
  const store = await postgresStateStoreV1(context(schema.url));
  for (const key of ['first', 'second'])
    await store.set(call, { kind: 'set', key, value: Buffer.from('1'), ttlSeconds: 10 });
  await schema.query(`update state set expiredate = now() - interval '1 second'`);
  const [{ etag } = {}] = await schema.query(`select xmin::text as etag from state where key = 'second'`);
  await store.set(call, { kind: 'set', key: 'first', value: Buffer.from('2'), concurrency: 'first-write' });
  const late = store.set(call, { kind: 'set', key: 'second', value: Buffer.from('2'), etag: String(etag) });
  await assert.rejects(late, /etag mismatch/);
  await store.close();
  await schema.drop();
});

test('postgres v1: queries find values by their content', { skip }, async () => {
  const schema = await testSchema(serverUrl);
  const store = await postgresStateStoreV1(context(schema.url));
  const people: Record<string, object> = {
    'orders||1': { name: 'Ann', age: 9, at: { org: 'A' } },
    'orders||2': { name: 'Bob', age: 10, at: { org: 'B' } },
    'orders||3': { name: 'Cem', age: 100.5, at: { org: 'A' }, tags: ['x'] },
    'other||1': { name: 'Dee', age: 10, at: { org: 'A' } },
  };
  for (const [key, person] of Object.entries(people))
    await store.set(call, { kind: 'set', key, value: Buffer.from(JSON.stringify(person)), isJson: true });
  await store.set(call, { kind: 'set', key: 'orders||bytes', value: Buffer.from('bytes') });
  await store.set(call, {
    kind: 'set',
    key: 'orders||4',
    value: Buffer.from('{"age":11}'),
    isJson: true,
    ttlSeconds: 9,
  });
  await schema.query(`update state set expiredate = now() - interval '1 second' where expiredate is not null`);

  const keys = async (query: object): Promise<string> => {
    const page = await store.query(call, { ...parseQuery(JSON.stringify(query)), keyPrefix: 'orders||' });
    const pageKeys = page.items.map(({ key }) => key.slice('orders||'.length)).join();
    return page.token === undefined ? pageKeys : `${pageKeys} then ${page.token}`;
  };
  assert.equal(await keys({}), '1,2,3,bytes');
  assert.equal(await keys({ filter: { EQ: { 'at.org': 'A' } } }), '1,3');
  assert.equal(await keys({ filter: { NEQ: { 'at.org': 'A' } } }), '2');
  assert.equal(await keys({ filter: { IN: { name: ['Bob', 'Cem', 'Dee'] } } }), '2,3');
  assert.equal(await keys({ filter: { GT: { age: 9.5 } } }), '2,3');
  assert.equal(await keys({ filter: { LTE: { age: 10 } } }), '1,2');
  assert.equal(await keys({ filter: { EQ: { age: '10' } } }), '2');
  assert.equal(await keys({ filter: { EQ: { "name' or 1=1 --": 'x' } } }), '');
  assert.equal(await keys({ filter: { AND: [{ EQ: { 'at.org': 'A' } }, { GTE: { age: 100 } }] } }), '3');
  assert.equal(await keys({ filter: { OR: [{ EQ: { name: 'Ann' } }, { EQ: { name: 'Bob' } }] } }), '1,2');
  assert.equal(await keys({ sort: [{ key: 'age', order: 'DESC' }], filter: { GT: { age: 0 } } }), '3,2,1');
  assert.equal(await keys({ sort: [{ key: 'age' }], page: { limit: 2 } }), '1,2 then 2');
  assert.equal(await keys({ sort: [{ key: 'age' }], page: { limit: 2, token: '2' } }), '3,bytes then 4');
  await assert.rejects(keys({ filter: { GT: { age: '9' } } }), /string type not permitted/);
  await assert.rejects(keys({ page: { limit: 1, token: 'x' } }), /was not returned by a query/);
  await store.close();
  await schema.drop();
});
