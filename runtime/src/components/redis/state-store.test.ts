import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import type { StateStoreUnderTest } from '#blocks/state/state-store.conformance.ts';
import type { SetOperation, TransactionalStateStore } from '#blocks/state/state-store.ts';
import { redisStateStore } from './state-store.ts';
import { plainRedis, redisContext, removeKeys, skipWithoutRedis as skip, uniqueName } from './testing.ts';

async function open(): Promise<StateStoreUnderTest> {
  const store = await redisStateStore(redisContext());
  const client = plainRedis();
  const written = new Set<string>();
  const noted: TransactionalStateStore = {
    ...store,
    set(call, operation) {
      written.add(operation.key);
      return store.set(call, operation);
    },
    transact(call, operations) {
      for (const { key } of operations) written.add(key);
      return store.transact(call, operations);
    },
  };
  return {
    store: noted,
    async passTime(ms) {
      // the server's clock cannot be moved, so what is stored moves instead
      for (const key of written) {
        const left = await client.pttl(key);
        if (left > 0) await client.pexpire(key, left - ms);
      }
    },
    foreignEtag: '4711',
    async close() {
      await store.close();
      if (written.size > 0) await client.del([...written]);
      client.disconnect();
    },
  };
}

stateStoreConformance('redis', open, {
  skip,
  skipCases: {
    'etag: a malformed one is rejected': 'as upstream: invalid on a write, a mismatch on a delete, as tested below',
    'etag: a write with one to an absent key is rejected': 'as upstream, it is written, as tested below',
    'ttl: the etag of an expired value is rejected': 'as upstream, it is written, as tested below',
  },
});

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};
const set = (key: string, value: string, more: Partial<SetOperation> = {}): SetOperation => ({
  kind: 'set',
  key,
  value: Buffer.from(value),
  ...more,
});

async function fixture(metadata: Readonly<Record<string, string>> = {}) {
  const store = await redisStateStore(redisContext({ metadata }));
  const client = plainRedis();
  const key = uniqueName();
  return {
    store,
    client,
    key,
    async [Symbol.asyncDispose]() {
      await store.close();
      await removeKeys(client, key);
      client.disconnect();
    },
  };
}

test('redis state: a value is upstream’s hash', { skip }, async () => {
  await using it = await fixture();
  await it.store.set(call, set(it.key, 'one'));
  assert.deepEqual(await it.client.hgetall(it.key), { data: 'one', version: '1' });
  await it.store.set(call, set(it.key, 'two'));
  assert.deepEqual(await it.client.hgetall(it.key), { data: 'two', version: '2' });
  await it.store.set(call, set(`${it.key}-first`, 'x', { concurrency: 'first-write' }));
  assert.deepEqual(await it.client.hgetall(`${it.key}-first`), { data: 'x', version: '1', 'first-write': '0' });
});

test('redis state: an etag is checked unless last-write is explicit, and must be a number', { skip }, async () => {
  await using it = await fixture();
  await it.store.set(call, set(it.key, 'one'));
  await it.store.set(call, set(it.key, 'two', { etag: '99', concurrency: 'last-write' }));
  assert.equal(String(Buffer.from((await it.store.get(call, it.key))?.data ?? [])), 'two');
  await assert.rejects(it.store.set(call, set(it.key, 'x', { etag: 'bogus' })), coded('ERR_STATE_ETAG_INVALID'));
  await assert.rejects(it.store.set(call, set(it.key, 'x', { etag: '1' })), coded('ERR_STATE_ETAG_MISMATCH'));
  await it.store.set(call, set(it.key, 'three', { etag: '2' }));
  const bogus = { kind: 'delete', key: it.key, etag: 'bogus' } as const;
  await assert.rejects(it.store.delete(call, bogus), coded('ERR_STATE_ETAG_MISMATCH'));
});

test('redis state: an etag is compared only with an existing value', { skip }, async () => {
  await using it = await fixture();
  const firstWrite = { etag: '1234', concurrency: 'first-write', ttlSeconds: 100 } as const;
  await it.store.set(call, set(it.key, 'one', firstWrite));
  assert.deepEqual(await it.client.hgetall(it.key), { data: 'one', version: '1', 'first-write': '0' });
  await assert.rejects(it.store.set(call, set(it.key, 'two', firstWrite)), coded('ERR_STATE_ETAG_MISMATCH'));
  await it.store.delete(call, { kind: 'delete', key: `${it.key}-absent`, etag: '1' });
  const operations = [{ kind: 'delete', key: it.key, etag: '1' }, set(it.key, 'three', { etag: '1' })] as const;
  await it.store.transact(call, operations);
  assert.deepEqual(await it.client.hgetall(it.key), { data: 'three', version: '1' });
});

test('redis state: a plain string of another program is read and overwritten', { skip }, async () => {
  await using it = await fixture();
  await it.client.set(it.key, 'plain');
  const value = await it.store.get(call, it.key);
  assert.equal(String(Buffer.from(value?.data ?? [])), 'plain');
  await it.store.set(call, set(it.key, 'hash'));
  assert.deepEqual(await it.client.hgetall(it.key), { data: 'hash', version: '1' });
  await it.client.lpush(`${it.key}-list`, 'x');
  await assert.rejects(it.store.get(call, `${it.key}-list`), /WRONGTYPE/);
});

test('redis state: ttlInSeconds of the component applies to all values', { skip }, async () => {
  await using it = await fixture({ ttlinseconds: '100' });
  await it.store.set(call, set(it.key, 'x'));
  assert.ok((await it.client.ttl(it.key)) > 90);
  await it.store.set(call, set(it.key, 'x', { ttlSeconds: 10 }));
  assert.ok((await it.client.ttl(it.key)) <= 10);
});

test('redis state: sends a script again after the server has lost it', { skip }, async () => {
  await using it = await fixture();
  await it.client.script('FLUSH');
  await Promise.all(Array.from({ length: 20 }, (_, at) => it.store.set(call, set(it.key, String(at)))));
  assert.deepEqual(await it.client.hgetall(it.key), { data: '19', version: '20' });
});

function coded(code: string) {
  return (error: unknown): boolean => error instanceof RuntimeError && error.kind.code === code;
}
