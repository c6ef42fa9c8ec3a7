import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import type { Loaded } from '#core/component.ts';
import { type FakeClock, fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { memoryStateStore } from '#components/memory/state-store.ts';
import { type Outbox, type OutboxChannel, stateOutbox } from './outbox.ts';
import { type StateBlock, type StateItem, stateBlock } from './state.ts';
import type { StateStore } from './state-store.ts';

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: true },
  signal: new AbortController().signal,
};

interface Shop {
  readonly state: StateBlock;
  readonly outbox: Outbox;
  readonly store: StateStore;
  readonly clock: FakeClock;
  /** Messages on the internal topic that were not consumed yet. */
  readonly internal: { topic: string; data: Uint8Array }[];
  readonly published: { topic: string; event: Record<string, unknown> }[];
  /** Delivers the oldest internal message to the relay. */
  readonly deliver: () => Promise<boolean>;
  readonly broker: { isDown: boolean };
}

async function shop(more: Record<string, string> = {}): Promise<Shop> {
  const clock = fakeClock(Date.UTC(2026, 0, 2));
  const random = seededRandom();
  const metadata = { outboxpublishpubsub: 'pubsub', outboxpublishtopic: 'orders', ...more };
  const context = { name: 'st', type: 'state.in-memory', version: 'v1', appId: 'shop', namespace: 'ns' };
  const store = await memoryStateStore({ ...context, metadata, log: silentLog, clock, random });
  const stores = new Map<string, Loaded<StateStore>>([['st', { ...context, metadata, port: store }]]);
  const internal: Shop['internal'] = [];
  const published: Shop['published'] = [];
  const broker = { isDown: false };
  let handler: ((data: Uint8Array) => Promise<boolean>) | undefined;
  const channel: OutboxChannel = {
    async send(_call, _pubsub, { topic, data }) {
      if (broker.isDown) throw new Error('no subscriber');
      internal.push({ topic, data });
    },
    async publish(_call, _pubsub, { topic, data }) {
      if (broker.isDown) throw new Error('no subscriber');
      published.push({ topic, event: JSON.parse(Buffer.from(data).toString()) as Record<string, unknown> });
    },
    async receive(_pubsub, _topic, handle) {
      handler = handle;
      return { async close() {} };
    },
  };
  const options = { appId: 'shop', namespace: 'ns', stores };
  const newCall = (signal: AbortSignal): Call => ({ ...call, signal });
  const outbox = stateOutbox({ ...options, channel, newCall, clock, random, log: silentLog });
  await outbox.start();
  return {
    state: stateBlock({ ...options, outbox }),
    outbox,
    store,
    clock,
    internal,
    published,
    broker,
    deliver: () => handler?.(internal.shift()?.data ?? new Uint8Array(0)) ?? Promise.resolve(false),
  };
}

function upsert(key: string, value: unknown, more: Partial<StateItem> = {}) {
  const request = { key, value: Buffer.from(JSON.stringify(value)), isJson: true, ...more };
  return { operationType: 'upsert', request };
}

const json = { contentType: 'application/json' };

test('state outbox: a written value becomes an event, and its marker is deleted when the event is published', async () => {
  const { state, store, internal, published, deliver } = await shop();
  await state.transact(call, { storeName: 'st', operations: [upsert('1', { total: 5 }, json)] });
  assert.equal(internal[0]?.topic, 'nsshopordersoutbox');
  const { id } = JSON.parse(Buffer.from(internal[0].data).toString()) as { id: string };
  assert.match(id, /^outbox-[0-9a-f-]{36}$/);
  assert.equal(Buffer.from((await store.get(call, id))?.data ?? []).toString(), '"0"');
  assert.equal(await deliver(), true);
  assert.equal(await store.get(call, id), undefined);
  const trace = '00-11111111111111111111111111111111-2222222222222222-01';
  assert.deepEqual(published, [
    {
      topic: 'orders',
      event: {
        specversion: '1.0',
        id,
        source: 'shop',
        type: 'com.dapr.event.sent',
        datacontenttype: 'application/json',
        time: '2026-01-02T00:00:00Z',
        topic: 'orders',
        pubsubname: 'pubsub',
        traceid: trace,
        traceparent: trace,
        tracestate: '',
        data: { total: 5 },
      },
    },
  ]);
});

test('state outbox: a value not marked as JSON is published as text, as Go prints it', async () => {
  const { state, published, deliver } = await shop();
  await state.transact(call, { storeName: 'st', operations: [upsert('1', { a: 1 }), upsert('2', 'x')] });
  await deliver();
  await deliver();
  const publishedData = published.map(({ event }) => [event['data'], event['datacontenttype']]);
  assert.deepEqual(publishedData, [
    ['map[a:1]', 'text/plain'],
    ['x', 'text/plain'],
  ]);
});

test('state outbox: a projection is published instead of the stored value, and is not stored', async () => {
  const { state, internal, published, deliver } = await shop();
  const projection = upsert('1', { public: true }, { ...json, metadata: { 'outbox.projection': 'true' } });
  await state.transact(call, { storeName: 'st', operations: [upsert('1', { secret: true }, json), projection] });
  assert.equal(internal.length, 1);
  await deliver();
  assert.deepEqual(published[0]?.event['data'], { public: true });
  const stored = await state.get(call, { storeName: 'st', key: '1' });
  assert.equal(Buffer.from(stored?.data ?? []).toString(), '{"secret":true}');
});

test('state outbox: metadata of an operation becomes attributes, except id, data and topic', async () => {
  const { state, published, deliver } = await shop();
  const metadata = { type: 'order.placed', 'cloudevent.source': 'till', shopper: '7', id: 'x', data: 'y', topic: 'z' };
  await state.transact(call, { storeName: 'st', operations: [upsert('1', 'v', { metadata })] });
  await deliver();
  const { type, source, shopper, id, data, topic } = published[0]?.event ?? {};
  assert.deepEqual([type, source, shopper, data, topic], ['order.placed', 'till', '7', 'v', 'orders']);
  assert.match(String(id), /^outbox-/);
});

test('state outbox: a deletion publishes nothing', async () => {
  const { state, internal } = await shop();
  const deletion = { operationType: 'delete', request: { key: '1', value: new Uint8Array(0) } };
  await state.transact(call, { storeName: 'st', operations: [deletion] });
  assert.equal(internal.length, 0);
});

test('state outbox: a rejected transaction is never published', async () => {
  const { state, published, deliver } = await shop();
  const work = state.transact(call, { storeName: 'st', operations: [upsert('1', 'v', { etag: 'stale' })] });
  await assert.rejects(work, /etag mismatch/);
  assert.equal(await deliver(), true);
  assert.deepEqual(published, []);
});

test('state outbox: nothing is stored when the broker rejects the event', async () => {
  const { state, broker } = await shop();
  broker.isDown = true;
  const work = state.transact(call, { storeName: 'st', operations: [upsert('1', 'v')] });
  await assert.rejects(work, { message: 'error while publishing outbox message: no subscriber' });
  assert.equal(await state.get(call, { storeName: 'st', key: '1' }), undefined);
});

test('state outbox: a failed publication is redelivered, and then published once', async () => {
  const { state, internal, published, broker, deliver } = await shop();
  await state.transact(call, { storeName: 'st', operations: [upsert('1', 'v')] });
  const [message] = internal;
  assert.ok(message);
  broker.isDown = true;
  assert.equal(await deliver(), false);
  broker.isDown = false;
  internal.push(message, message);
  assert.equal(await deliver(), true);
  assert.equal(await deliver(), true);
  assert.equal(published.length, 1);
});

test('state outbox: the transaction of another process is published when its marker appears', async () => {
  const [here, there] = [await shop(), await shop()];
  await there.state.transact(call, { storeName: 'st', operations: [upsert('1', 'v')] });
  const [message] = there.internal;
  assert.ok(message);
  const { id } = JSON.parse(Buffer.from(message.data).toString()) as { id: string };
  here.internal.push(message);
  const delivered = here.deliver();
  await here.clock.tick(1200);
  assert.equal(here.published.length, 0);
  await here.store.set(call, { kind: 'set', key: id, value: Buffer.from('"0"') });
  await here.clock.tick(500);
  assert.equal(await delivered, true);
  assert.equal(here.published.length, 1);
});

test('state outbox: without a marker the event is redelivered later, or discarded where configured', async () => {
  for (const discards of ['false', 'true']) {
    const [here, there] = [await shop({ outboxdiscardwhenmissingstate: discards }), await shop()];
    await there.state.transact(call, { storeName: 'st', operations: [upsert('1', 'v')] });
    here.internal.push(...there.internal);
    const delivered = here.deliver();
    await here.clock.tick(12_000);
    assert.equal(await delivered, discards === 'true');
    assert.equal(here.published.length, 0);
  }
});

test('state outbox: a closed relay stops waiting and leaves the event to the broker', async () => {
  const [here, there] = [await shop(), await shop()];
  await there.state.transact(call, { storeName: 'st', operations: [upsert('1', 'v')] });
  here.internal.push(...there.internal);
  const delivered = here.deliver();
  await here.outbox.close();
  assert.equal(await delivered, false);
});
