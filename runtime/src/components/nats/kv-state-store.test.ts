import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { Call } from '#core/call.ts';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import { kvKeyOf } from './kv-keys.ts';
import { kvStateStore } from './kv-state-store.ts';
import { contextFor } from './testing.ts';

const serverUrl = process.env.TEST_NATS_URL ?? '';
const skip = serverUrl === '' ? 'TEST_NATS_URL is not set' : false;

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };

async function openStore() {
  const bucket = `test-${randomUUID()}`;
  const context = contextFor({ natsurl: serverUrl, bucket });
  let clockOffsetMs = 0;
  const store = await kvStateStore({ ...context, clock: { ...context.clock, now: () => Date.now() + clockOffsetMs } });
  return {
    store,
    bucket,
    passTime: async (ms: number) => void (clockOffsetMs += ms),
    close: async () => {
      await store.close();
      const nats = await connect({ servers: serverUrl });
      await (await jetstreamManager(nats)).streams.delete(`KV_${bucket}`);
      await nats.close();
    },
  };
}

const noTransactions = 'NATS has no transactions over keys';
stateStoreConformance('jetstream', openStore, {
  skip,
  skipCases: {
    'transact: operations are applied in order': noTransactions,
    'transact: one rejected operation changes nothing': noTransactions,
    'transact: transactions and single writes to the same keys keep their order': noTransactions,
    'transact: concurrent transactions on the same keys all end': noTransactions,
  },
});

test('jetstream state: values have upstream’s format', { skip }, async () => {
  const { store, bucket, close } = await openStore();
  const nats = await connect({ servers: serverUrl });
  const other = await new Kvm(nats).open(bucket);
  await store.set(call, { kind: 'set', key: 'shop||a/b.c', value: Buffer.from('{"a":1}') });
  assert.equal((await other.get('shop.a/b.c'))?.string(), '{"a":1}');
  await other.put('shop.theirs', 'x');
  assert.equal(Buffer.from((await store.get(call, 'shop||theirs'))?.data ?? []).toString(), 'x');
  await other.delete('shop.theirs');
  assert.equal(await store.get(call, 'shop||theirs'), undefined);
  await nats.close();
  await close();
});

test('jetstream state: a read removes an expired value', { skip }, async () => {
  const { store, bucket, passTime, close } = await openStore();
  const nats = await connect({ servers: serverUrl });
  const other = await new Kvm(nats).open(bucket);
  await store.set(call, { kind: 'set', key: 'k', value: Buffer.from('1'), ttlSeconds: 10 });
  assert.equal((await other.get('k'))?.operation, 'PUT');
  await passTime(11_000);
  assert.equal(await store.get(call, 'k'), undefined);
  await store.get(call, 'k', 'strong');
  assert.equal((await other.get('k'))?.operation, 'DEL');
  await nats.close();
  await close();
});

test('jetstream state: rejects a value that is too large, and everything after close', { skip }, async () => {
  const { store, close } = await openStore();
  const large = store.set(call, { kind: 'set', key: 'k', value: Buffer.alloc(80 * 1024 * 1024) });
  await assert.rejects(large, /too large for NATS/);
  await close();
  await assert.rejects(store.set(call, { kind: 'set', key: 'k', value: Buffer.from('1') }), /closed/);
});

test('jetstream state: different keys have different names in the bucket', () => {
  const names = ['shop||a', 'shop||a b', 'a=20b', 'a b', '.a', 'a.', 'a..b', 'ä', '*', '>', 'a=b', '=', '==20', '\0'];
  const escaped = names.map(kvKeyOf);
  assert.deepEqual(escaped.slice(0, 7), ['shop.a', 'shop.a=20b', 'a=3D20b', 'a=20b', '=2Ea', 'a=2E', 'a.=2Eb']);
  assert.equal(new Set(escaped).size, names.length);
  for (const name of escaped) assert.match(name, /^[-/=\w]+(\.[-/=\w]+)*$/);
  assert.throws(() => kvKeyOf('x'.repeat(4000)), /more than 3500 bytes/);
});

test('jetstream state: the bucket is required', async () => {
  await assert.rejects(kvStateStore(contextFor({ natsurl: 'nats://127.0.0.1:1' })), /bucket is missing/);
});
