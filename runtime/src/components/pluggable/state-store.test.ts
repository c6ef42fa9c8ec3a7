import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { create } from '@bufbuild/protobuf';
import { memoryStateStore } from '#components/memory/state-store.ts';
import { componentErrorOf } from '#core/component-error.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { stateStoreConformance } from '#blocks/state/state-store.conformance.ts';
import { ErrorInfoSchema } from '#gen/google/rpc/error_details_pb.ts';
import { pluggableStateStore } from './state-store.ts';
import { componentContext, serveComponent, statusWith } from './testing.ts';

const call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

async function opened(more: { readonly maxOperations?: number } = {}) {
  const clock = fakeClock();
  const inner = await memoryStateStore(componentContext({ clock }));
  const features = [...inner.features, 'QUERY_API'] as const;
  const served = await serveComponent({ stateStore: { ...inner, features, ...more } });
  const properties = { connectionString: 'here' };
  const store = await pluggableStateStore(served.socket)(componentContext({ clock, properties }));
  const close = async (): Promise<void> => {
    await store.close();
    await served[Symbol.asyncDispose]();
  };
  return { store, served, clock, close, [Symbol.asyncDispose]: close };
}

stateStoreConformance('pluggable', async () => {
  const { store, clock, close } = await opened();
  return { store, passTime: (ms) => clock.tick(ms), close };
});

test('pluggable state: Init has the metadata as written and the component name', async () => {
  await using bench = await opened();
  assert.deepEqual(bench.served.inits, [{ connectionString: 'here' }]);
  assert.deepEqual(bench.served.instances, ['plugged']);
});

test('pluggable state: a restarted component is initialized before the next request', async () => {
  await using bench = await opened();
  await bench.served.restart();
  await bench.store.set(call, { kind: 'set', key: 'a', value: Buffer.from('1') });
  assert.equal(bench.served.inits.length, 2);
  assert.equal(String(Buffer.from((await bench.store.get(call, 'a'))?.data ?? [])), '1');
});

test('pluggable state: several writes are one request, and an etag violation is an etag error', async () => {
  await using bench = await opened();
  const set = (key: string) => ({ kind: 'set', key, value: Buffer.from(key) }) as const;
  await bench.store.setMany(call, [set('a'), set('b')]);
  assert.equal((await bench.store.getBulk(call, ['a', 'b'])).size, 2);
  await assert.rejects(bench.store.setMany(call, [{ ...set('a'), etag: 'other' }]), /possible etag mismatch/);
  await bench.store.deleteMany(call, [
    { kind: 'delete', key: 'a' },
    { kind: 'delete', key: 'b' },
  ]);
  assert.equal((await bench.store.getBulk(call, ['a', 'b'])).size, 0);
});

test('pluggable state: the component limits the operations of a transaction', async () => {
  const operations = Array.from({ length: 4 }, (_, at) => ({ kind: 'delete', key: String(at) }) as const);
  await using limited = await opened({ maxOperations: 3 });
  await limited.store.transact(call, operations.slice(1));
  await assert.rejects(limited.store.transact(call, operations), /contains 4 operations.*supports: 3/);
  await using free = await opened();
  await free.store.transact(call, operations);
});

test('pluggable state: a query is sent as operators, and only keys of the app are returned', async () => {
  await using bench = await opened();
  const filter = {
    operator: 'AND',
    filters: [
      { operator: 'EQ', key: 'state', value: 'CA' },
      { operator: 'IN', key: 'city', values: ['a', 'b'] },
    ],
  } as const;
  const page = await bench.store.query(call, { keyPrefix: 'shop||', filter, sort: [{ key: 'id', order: 'DESC' }] });
  assert.equal(page.items.length, 1);
  assert.deepEqual(JSON.parse(Buffer.from(page.items[0]?.data ?? []).toString()), {
    operator: 'AND',
    requested: [{ EQ: { state: 'CA' } }, { IN: { city: ['a', 'b'] } }],
  });
});

test('pluggable state: a status with ErrorInfo becomes a component error, any other an Error', async () => {
  await using bench = await opened();
  const info = create(ErrorInfoSchema, {
    reason: 'full',
    domain: 'ledger',
    metadata: { kit_error: 'true', http_code: '507', tag: 'x' },
  });
  bench.served.failing = () => statusWith(8, 'no more room', anyPack(ErrorInfoSchema, info));
  const error = await bench.store.get(call, 'a').then(
    () => undefined,
    (cause: unknown) => cause,
  );
  const componentError = componentErrorOf(error);
  assert.deepEqual(
    [componentError?.kind.http, componentError?.kind.grpc, componentError?.message],
    [507, 'ResourceExhausted', 'no more room'],
  );
  bench.served.failing = () => statusWith(5, 'no such ledger', anyPack(ErrorInfoSchema, create(ErrorInfoSchema, {})));
  await assert.rejects(bench.store.get(call, 'a'), { message: 'rpc error: code = NotFound desc = no such ledger' });
});

test('pluggable state: a socket without a state store is an error', async () => {
  await using served = await serveComponent({});
  await assert.rejects(pluggableStateStore(served.socket)(componentContext()), /is not a state store/);
});
