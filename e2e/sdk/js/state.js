import assert from 'node:assert/strict';
import { StateConcurrencyEnum } from '@dapr/dapr';
import { eventually, exercise, rejected } from './exercises.js';

const firstWrite = { concurrency: StateConcurrencyEnum.CONCURRENCY_FIRST_WRITE };

export async function state({ state: store }, name) {
  const etagOf = async (key) => (await store.getBulk(name, [key]))[0].etag;

  await exercise(`state: saves, reads and deletes in ${name}`, async () => {
    await store.save(name, [{ key: 'boat', value: { sails: 2 } }]);
    assert.deepEqual(await store.get(name, 'boat'), { sails: 2 });
    await store.delete(name, 'boat');
    assert.equal(await store.get(name, 'boat'), '');
  });

  await exercise(`state: saves and reads many keys at once in ${name}`, async () => {
    const keys = ['a', 'b', 'c'];
    await store.save(
      name,
      keys.map((key, at) => ({ key, value: at })),
    );
    const items = await store.getBulk(name, [...keys, 'none'], { parallelism: 2 });
    const values = Object.fromEntries(items.map(({ key, data }) => [key, data]));
    assert.deepEqual({ ...values, none: values.none || undefined }, { a: 0, b: 1, c: 2, none: undefined });
  });

  await exercise(`state: a stale etag is rejected in ${name}`, async () => {
    await store.save(name, [{ key: 'shared', value: 'mine' }]);
    const old = await etagOf('shared');
    assert.ok(old);
    await store.save(name, [{ key: 'shared', value: 'theirs', etag: old, options: firstWrite }]);
    assert.ok(await rejected(store.save(name, [{ key: 'shared', value: 'lost', etag: old, options: firstWrite }])));
    assert.ok(await rejected(store.delete(name, 'shared', { etag: old, ...firstWrite })));
    assert.equal(await store.get(name, 'shared'), 'theirs');
    await store.delete(name, 'shared', { etag: await etagOf('shared'), ...firstWrite });
  });

  await exercise(`state: a transaction is atomic in ${name}`, async () => {
    await store.save(name, [{ key: 'old', value: 'here' }]);
    const upsert = (key, more) => ({ operation: 'upsert', request: { key, value: 'set', ...more } });
    await store.transaction(name, [upsert('new'), { operation: 'delete', request: { key: 'old' } }]);
    assert.deepEqual([await store.get(name, 'new'), await store.get(name, 'old')], ['set', '']);
    const conflicting = upsert('new', { etag: '4242', options: firstWrite });
    assert.ok(await rejected(store.transaction(name, [upsert('other'), conflicting])));
    assert.equal(await store.get(name, 'other'), '');
  });

  await exercise(`state: a value with a time to live expires in ${name}`, async () => {
    await store.save(name, [{ key: 'brief', value: 'short-lived', metadata: { ttlInSeconds: '2' } }]);
    assert.equal(await store.get(name, 'brief'), 'short-lived');
    await eventually(
      () => store.get(name, 'brief'),
      (value) => value === '',
    );
  });
}

export async function stateQuery({ state: store }, name) {
  await exercise(`state: queries with filter, sort and paging in ${name}`, async () => {
    // Over gRPC a value is bytes unless its content type is JSON.
    const boat = (key, value) => ({ key, value, metadata: { contentType: 'application/json' } });
    await store.save(name, [
      boat('q1', { kind: 'kayak', length: 5 }),
      boat('q2', { kind: 'kayak', length: 4 }),
      boat('q3', { kind: 'raft', length: 3 }),
    ]);
    const query = { filter: { EQ: { kind: 'kayak' } }, sort: [{ key: 'length', order: 'ASC' }], page: { limit: 1 } };
    const first = await store.query(name, query);
    const second = await store.query(name, { ...query, page: { limit: 1, token: first.token } });
    // Over gRPC the SDK returns the bytes of the values.
    const lengthOf = ({ data }) =>
      (data instanceof Uint8Array ? JSON.parse(Buffer.from(data).toString()) : data).length;
    assert.deepEqual([...first.results, ...second.results].map(lengthOf), [4, 5]);
  });
}
