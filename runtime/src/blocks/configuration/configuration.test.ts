import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { RuntimeError } from '#core/errors.ts';
import { silentLog } from '#core/log.ts';
import { newCalls } from '#core/new-call.ts';
import { configurationBlock } from './configuration.ts';
import type { ConfigurationUpdate } from './configuration-sink.ts';
import type { ConfigurationItem, ConfigurationListener, ConfigurationStore } from './configuration-store.ts';

const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};
const item = (value: string, version = '1'): ConfigurationItem => ({ value, version, metadata: {} });

function fixture({ hasApp = true, samplingRate = 1 } = {}) {
  const values = new Map<string, ConfigurationItem>([['colour', item('red')]]);
  const listeners = new Set<ConfigurationListener>();
  const delivered: ConfigurationUpdate[] = [];
  const sampled: boolean[] = [];
  const failure: { get?: Error; watch?: Error; deliver?: Error } = {};
  let deliveryBlock: Promise<void> | undefined;
  const port: ConfigurationStore = {
    async get(_call, { keys }) {
      if (failure.get) throw failure.get;
      return keys.length === 0 ? values : new Map([...values].filter(([key]) => keys.includes(key)));
    },
    async watch(_call, _query, listener) {
      if (failure.watch) throw failure.watch;
      listeners.add(listener);
      return { close: async () => void listeners.delete(listener) };
    },
    async close() {},
  };
  const block = configurationBlock({
    stores: new Map([['config', { name: 'config', type: 'configuration.fake', version: 'v1', metadata: {}, port }]]),
    app: hasApp
      ? {
          async deliver({ trace }, _store, update) {
            sampled.push(trace.sampled);
            await deliveryBlock;
            if (failure.deliver) throw failure.deliver;
            delivered.push(update);
          },
        }
      : undefined,
    recorder: silentRecorder,
    newCall: newCalls(seededRandom(), samplingRate),
    random: seededRandom(),
    log: silentLog,
  });
  return {
    block,
    values,
    listeners,
    delivered,
    sampled,
    failure,
    blockDelivery: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      deliveryBlock = promise;
      return resolve;
    },
    change: (key: string, to: ConfigurationItem) => {
      values.set(key, to);
      for (const listener of listeners) listener.changed(key, to);
    },
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const request = { storeName: 'config', keys: ['colour'] };

function coded(code: string, http: number, message?: RegExp) {
  return (error: unknown): boolean =>
    error instanceof RuntimeError &&
    error.kind.code === code &&
    error.kind.http === http &&
    (message?.test(error.message) ?? true);
}

test('configuration get: items by key, or all', async () => {
  const { block, values } = fixture();
  values.set('size', item('large'));
  assert.deepEqual(await block.get(call, request), { items: { colour: item('red') } });
  assert.equal(Object.keys((await block.get(call, { storeName: 'config', keys: [] })).items).length, 2);
});

test("configuration: unknown and failing stores give Dapr's errors", async () => {
  const { block, failure } = fixture();
  const none = configurationBlock({
    stores: new Map(),
    app: undefined,
    recorder: silentRecorder,
    newCall: newCalls(seededRandom(), 1),
    random: seededRandom(),
    log: silentLog,
  });
  await assert.rejects(none.get(call, request), coded('ERR_CONFIGURATION_STORE_NOT_CONFIGURED', 500));
  await assert.rejects(
    block.get(call, { ...request, storeName: 'x' }),
    coded('ERR_CONFIGURATION_STORE_NOT_FOUND', 400),
  );
  failure.get = new Error('unavailable');
  await assert.rejects(
    block.get(call, { ...request, keys: ['a', 'b'] }),
    coded('ERR_CONFIGURATION_GET', 500, /^failed to get \[a b\] from Configuration store config: unavailable$/),
  );
  failure.watch = new Error('deaf');
  await assert.rejects(block.subscribe(call, request), coded('ERR_CONFIGURATION_SUBSCRIBE', 500, /deaf$/));
});

test('configuration subscribe: changes are delivered to the app under the id of the subscription', async () => {
  const { block, delivered, change } = fixture();
  const { id } = await block.subscribe(call, request);
  change('colour', item('blue', '2'));
  await settle();
  assert.deepEqual(delivered, [{ id, items: { colour: item('blue', '2') } }]);
  await block.close();
});

test('configuration change: begins a trace that is sampled at the configured rate', async () => {
  for (const samplingRate of [0, 1]) {
    const { block, sampled, change } = fixture({ samplingRate });
    await block.subscribe(call, request);
    change('colour', item('blue', '2'));
    await settle();
    assert.deepEqual(sampled, [samplingRate === 1]);
    await block.close();
  }
});

test('configuration change: a slow app receives the latest value of each key, and no outdated one', async () => {
  const { block, delivered, change, blockDelivery } = fixture();
  await block.subscribe(call, request);
  const unblockDelivery = blockDelivery();
  change('colour', item('first'));
  await settle();
  for (const value of ['second', 'third', 'last']) change('colour', item(value));
  change('size', item('small'));
  unblockDelivery();
  await settle();
  assert.deepEqual(
    delivered.map(({ items }) => items),
    [{ colour: item('first') }, { colour: item('last'), size: item('small') }],
  );
  await block.close();
});

test('configuration change: an app that rejects one change receives the next', async () => {
  const { block, delivered, change, failure } = fixture();
  await block.subscribe(call, request);
  failure.deliver = new Error('busy');
  change('colour', item('lost'));
  await settle();
  delete failure.deliver;
  change('colour', item('received'));
  await settle();
  assert.deepEqual(
    delivered.map(({ items }) => items['colour']?.value),
    ['received'],
  );
  await block.close();
});

test('configuration subscribe: without an app it is an error', async () => {
  const { block } = fixture({ hasApp: false });
  await assert.rejects(block.subscribe(call, request), coded('ERR_APP_CHANNEL_NIL', 500));
});

test('configuration unsubscribe: ends a subscription once, and only under its own store', async () => {
  const { block, listeners } = fixture();
  const { id } = await block.subscribe(call, request);
  assert.equal((await block.unsubscribe({ id, storeName: 'other' })).ok, false);
  assert.equal(listeners.size, 1);
  assert.deepEqual(await block.unsubscribe({ id, storeName: 'config' }), { ok: true, message: '' });
  assert.equal(listeners.size, 0);
  const again = await block.unsubscribe({ id });
  assert.equal(again.ok, false);
  assert.match(again.message, /subscription does not exist/);
});

test('configuration change: changes during a lost connection are delivered after it is restored', async () => {
  const { block, delivered, values, listeners } = fixture();
  await block.subscribe(call, { ...request, keys: ['colour', 'size', 'removed'] });
  values.set('colour', item('green', '7'));
  for (const listener of listeners) listener.resumed();
  await settle();
  assert.deepEqual(
    delivered.map(({ items }) => items),
    [{ colour: item('green', '7') }],
  );
  values.delete('colour');
  for (const listener of listeners) listener.resumed();
  await settle();
  assert.deepEqual(delivered.at(-1)?.items, { colour: { value: '', version: '', metadata: {} } });
  await block.close();
});

test('configuration stream: begins with the id alone, and ends when its caller disconnects', async () => {
  const { block, listeners, change } = fixture();
  const caller = new AbortController();
  const stream = block.updates({ ...call, signal: caller.signal }, request)[Symbol.asyncIterator]();
  const first = await stream.next();
  assert.ok(!first.done && first.value.id !== '');
  assert.deepEqual(first.value.items, {});
  change('colour', item('blue'));
  assert.deepEqual((await stream.next()).value, { id: first.value.id, items: { colour: item('blue') } });
  const last = stream.next();
  caller.abort();
  assert.equal((await last).done, true);
  assert.equal(listeners.size, 0);
});

test('configuration stream: ends when it is unsubscribed', async () => {
  const { block, listeners } = fixture();
  const stream = block.updates(call, request)[Symbol.asyncIterator]();
  const first = await stream.next();
  const last = stream.next();
  assert.ok(!first.done);
  assert.equal((await block.unsubscribe({ id: first.value.id })).ok, true);
  assert.equal((await last).done, true);
  assert.equal(listeners.size, 0);
});

test('configuration subscribe: more than the maximum are rejected', async () => {
  const { block } = fixture();
  for (let at = 0; at < 1000; at++) await block.subscribe(call, request);
  await assert.rejects(block.subscribe(call, request), coded('ERR_CONFIGURATION_SUBSCRIBE', 500, /1000 subscriptions/));
  await block.close();
  assert.ok(await block.subscribe(call, request));
  await block.close();
});
