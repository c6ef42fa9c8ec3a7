import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import type { ComponentContext } from '#core/component.ts';
import { silentLog } from '#core/log.ts';
import { etcdStateStoreV1, etcdStateStoreV2 } from './state-store.ts';
import { bareForm, envelopeForm } from './stored-value.ts';

/** Such as `127.0.0.1:2379`. */
const server = process.env.TEST_ETCD_ENDPOINT ?? '';
const skip = server === '' ? 'TEST_ETCD_ENDPOINT is not set' : false;
const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };

function context(metadata: Readonly<Record<string, string>>, clockOffsetMs: () => number = () => 0): ComponentContext {
  const clock = {
    now: () => Date.now() + clockOffsetMs(),
    monotonic: () => performance.now(),
    after(ms: number, work: () => void) {
      const timer = setTimeout(work, ms).unref();
      return () => clearTimeout(timer);
    },
  };
  const logFields = { name: 'etcd', type: 'state.etcd', version: 'v1', appId: 'app', namespace: '' };
  return { ...logFields, metadata, clock, log: silentLog, random: seededRandom() };
}

const storeMetadata = () => ({ endpoints: server, keyprefixpath: `test-${randomUUID()}` });

async function openStore() {
  let clockOffsetMs = 0;
  const store = await etcdStateStoreV2(context(storeMetadata(), () => clockOffsetMs));
  return { store, passTime: async (ms: number) => void (clockOffsetMs += ms), close: () => store.close() };
}

stateStoreConformance('etcd', openStore, { skip });

const set = (key: string, value: string) => ({ kind: 'set', key, value: Buffer.from(value) }) as const;

test('etcd v1: stores plain bytes, and their lease removes them', { skip }, async () => {
  const at = storeMetadata();
  const store = await etcdStateStoreV1(context(at));
  await store.set(call, set('k', 'plain'));
  const stored = await store.get(call, 'k');
  assert.equal(String(stored?.data), 'plain');
  assert.match(stored?.etag ?? '', /^\d+$/);
  await store.set(call, { ...set('short', 'x'), ttlSeconds: 1 });
  assert.equal(String((await store.get(call, 'short'))?.data), 'x');
  for (const until = Date.now() + 15_000; (await store.get(call, 'short')) !== undefined;)
    assert.ok(Date.now() < until, 'the lease has not ended');
  const other = await etcdStateStoreV2(context(at));
  await assert.rejects(other.get(call, 'k'), /not one of version 2/);
  await Promise.all([store.close(), other.close()]);
});

test('etcd: uses the next endpoint when the first is unreachable', { skip }, async () => {
  const store = await etcdStateStoreV2(context({ ...storeMetadata(), endpoints: `127.0.0.1:1,${server}` }));
  await store.set(call, set('k', '1'));
  assert.equal(String((await store.get(call, 'k'))?.data), '1');
  await store.close();
});

test('etcd: opens without a server, and fails when it is used', async () => {
  const store = await etcdStateStoreV1(context({ endpoints: '127.0.0.1:1' }));
  await assert.rejects(store.get(call, 'k'), /etcd at http:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
  await store.close();
});

test('etcd settings: invalid metadata is rejected with the reason', async () => {
  const invalid: readonly [Readonly<Record<string, string>>, RegExp][] = [
    [{}, /endpoints required/],
    [{ endpoints: 'a b' }, /endpoint a b is not of the form host:port/],
    [{ endpoints: 'a', tlsenable: 'true', ca: 'x' }, /tls authentication information is incomplete/],
    [{ endpoints: 'a', maxtxnops: 'many' }, /maxTxnOps is 'many', it should be an integer from 1/],
  ];
  for (const [metadata, reason] of invalid) await assert.rejects(etcdStateStoreV1(context(metadata)), reason);
});

test('etcd v2: reads and writes upstream’s envelope', () => {
  // data "hi", written at 1700000000.5 s, with a life of 300 s
  const message = Buffer.from('0a026869120c0880e2cfaa061080cab5ee011a0308ac02', 'hex');
  const written = envelopeForm.encode(Buffer.from('hi'), { now: 1_700_000_000_500, ttlSeconds: 300 });
  assert.equal(Buffer.from(written).toString('hex'), message.toString('hex'));
  const { data, expiresAt } = envelopeForm.decode(message);
  assert.deepEqual([String(data), expiresAt], ['hi', 1_700_000_300_500]);
  assert.equal(envelopeForm.decode(Buffer.from('0a026869120208011a00', 'hex')).expiresAt, undefined);
  assert.throws(() => envelopeForm.decode(Buffer.from('0aff', 'hex')), RangeError);
  assert.deepEqual(bareForm.decode(message), { data: message });
});
