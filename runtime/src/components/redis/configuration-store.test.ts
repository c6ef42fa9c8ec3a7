import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { configurationStoreConformance } from '#blocks/configuration/configuration-store.conformance.ts';
import type { Call } from '#core/call.ts';
import { redisConfigurationStore } from './configuration-store.ts';
import { eventually, plainRedis, redisContext, skipWithoutRedis as skip, uniqueName } from './testing.ts';

const context = () => redisContext({ type: 'configuration.redis' });
const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

configurationStoreConformance(
  'redis',
  async () => {
    const store = await redisConfigurationStore(context());
    const client = plainRedis();
    const written = new Set<string>();
    return {
      store,
      metadata: {},
      async put(key, value, version) {
        written.add(key);
        await client.set(key, `${value}||${version}`);
      },
      remove: async (key) => void (await client.del(key)),
      breakConnection: async () => void (await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')),
      wait: (ms) => wait(ms),
      async [Symbol.asyncDispose]() {
        await store.close();
        if (written.size > 0) await client.del([...written]);
        client.disconnect();
      },
    };
  },
  { skip },
);

test('redis configuration: the version is optional, and empty or non-string keys are omitted', { skip }, async () => {
  const store = await redisConfigurationStore(context());
  const client = plainRedis();
  const [plain, list, empty] = [uniqueName(), uniqueName(), uniqueName()];
  await client.set(plain, 'just a value');
  await client.lpush(list, 'x');
  await client.set(empty, '||7');
  const items = await store.get(call, { keys: [plain, list, empty], metadata: {} });
  assert.deepEqual([...items], [[plain, { value: 'just a value', version: '', metadata: {} }]]);
  await client.del(plain, list, empty);
  await store.close();
  client.disconnect();
});

test('redis configuration: an expired value is reported as deleted', { skip }, async () => {
  const store = await redisConfigurationStore(context());
  const client = plainRedis();
  const key = uniqueName();
  await client.set(key, 'short||1');
  const received: string[] = [];
  const watch = await store.watch(
    call,
    { keys: [key], metadata: {} },
    { changed: (_key, item) => void received.push(item.value), resumed() {} },
  );
  await client.pexpire(key, 20);
  await eventually(async () => (await client.exists(key)) === 0 && received.at(-1) === '', 'the expiry');
  await watch.close();
  await store.close();
  client.disconnect();
});

test('redis configuration: a subscription does not wait for a new connection', { skip }, async () => {
  const client = plainRedis();
  const [, before = ''] = (await client.config('GET', 'notify-keyspace-events')) as string[];
  await client.config('SET', 'notify-keyspace-events', '');
  const store = await redisConfigurationStore(context());
  const connections = async () => ((await client.client('LIST')) as string).trim().split('\n').length;
  const opened = await connections();
  const untouched = (await client.config('GET', 'notify-keyspace-events')) as string[];
  const watch = await store.watch(call, { keys: [], metadata: {} }, { changed() {}, resumed() {} });
  assert.equal(await connections(), opened);
  assert.equal(untouched[1], '', 'events are enabled only with the first subscription');
  await watch.close();
  await store.close();
  await client.config('SET', 'notify-keyspace-events', before);
  client.disconnect();
});

test('redis configuration: a subscription that begins while another ends misses nothing', { skip }, async () => {
  const store = await redisConfigurationStore(context());
  const client = plainRedis();
  const key = uniqueName();
  for (const keys of [[], [key]]) {
    const values: string[] = [];
    const first = await store.watch(call, { keys, metadata: {} }, { changed() {}, resumed() {} });
    const leaving = first.close();
    const second = await store.watch(
      call,
      { keys, metadata: {} },
      { changed: (name, item) => void (name === key && values.push(item.value)), resumed() {} },
    );
    await leaving;
    await client.set(key, `of ${keys.length} keys||1`);
    await eventually(() => Promise.resolve(values.at(-1) === `of ${keys.length} keys`), 'the change');
    await second.close();
  }
  await client.del(key);
  await store.close();
  client.disconnect();
});

test('redis configuration: does not disable keyspace events that are already enabled', { skip }, async () => {
  const client = plainRedis();
  const [, before = ''] = (await client.config('GET', 'notify-keyspace-events')) as string[];
  await client.config('SET', 'notify-keyspace-events', 'Ez');
  const store = await redisConfigurationStore(context());
  const watch = await store.watch(call, { keys: ['x'], metadata: {} }, { changed() {}, resumed() {} });
  const [, after = ''] = (await client.config('GET', 'notify-keyspace-events')) as string[];
  for (const flag of 'EzKg$xe') assert.ok(after.includes(flag), `${flag} in ${after}`);
  await watch.close();
  await store.close();
  if (before !== '') await client.config('SET', 'notify-keyspace-events', before);
  client.disconnect();
});
