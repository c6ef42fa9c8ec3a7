import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededChance } from '#core/chance.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import type { ComponentResource } from '#core/resource.ts';
import type { Resources } from '#host/resources.ts';
import { hotReload } from './hot-reload.ts';
import type { Components } from './load-components.ts';

function component(name: string, type: string, value = ''): ComponentResource {
  const metadata = [{ name: 'n', value, place: 'a.yaml:9' }];
  const rest = { isNamespaced: false, ignoreErrors: false, initTimeoutMs: 1, secretStore: '' };
  return { name, type, version: 'v1', metadata, ...rest, place: `${name}.yaml:${name.length}` };
}

function bench(first: readonly ComponentResource[], { hasApp = true } = {}) {
  const clock = fakeClock();
  const seen: string[] = [];
  const others = { httpEndpoints: [], resiliencies: [], complaints: [] };
  const files = { components: first, subscriptions: [] as Resources['subscriptions'], isBroken: false };
  const read = (): Promise<Resources> => {
    const { isBroken, components, subscriptions } = files;
    return isBroken ? Promise.reject(new Error('broken')) : Promise.resolve({ ...others, components, subscriptions });
  };
  const components = {
    reload: (gone: readonly string[], added: readonly ComponentResource[]) => {
      seen.push(`gone ${gone.join()} added ${added.map(({ name }) => name).join()}`);
      return Promise.resolve();
    },
  } as unknown as Components;
  const resubscribe = (declared: Resources['subscriptions']): Promise<void> => {
    seen.push(`subscribed ${declared.map(({ topic }) => topic).join()}`);
    return Promise.resolve();
  };
  const onReload = (): void => void seen.push('restart');
  const world = { clock, chance: seededChance(), log: silentLog, env: {}, onReload };
  const watching = hotReload({
    folders: [],
    reconcileMs: 1000,
    read,
    first: { ...others, components: first, subscriptions: [] },
    components,
    redeclare: () => (hasApp ? resubscribe : undefined),
    world,
  });
  return { clock, seen, files, [Symbol.asyncDispose]: () => watching.close() };
}

const subscription = { name: 's', pubsubname: 'p', topic: 'orders', metadata: {}, rules: [], place: 's.yaml:1' };

test('subscriptions change in place, but without an app they need a new sidecar', async () => {
  await using it = bench([]);
  it.files.subscriptions = [subscription];
  await it.clock.tick(1000);
  it.files.subscriptions = [{ ...subscription, place: 's.yaml:7' }];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['subscribed orders']);
  await using alone = bench([], { hasApp: false });
  alone.files.subscriptions = [subscription];
  await alone.clock.tick(1000);
  assert.deepEqual(alone.seen, ['restart']);
});

test('what changed while the sidecar was being built is seen', async () => {
  await using it = bench([component('up', 'middleware.http.uppercase')]);
  it.files.components = [];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['gone up added ']);
});

test('components that are looked up for each call are exchanged in place', async () => {
  await using it = bench([component('up', 'middleware.http.uppercase'), component('s', 'secretstores.local.env')]);
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, []);
  it.files.components = [component('s', 'secretstores.local.env', 'new'), component('x', 'lock.redis')];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['gone up,s added s,x']);
});

test('a component that others hold on to asks for a new sidecar', async () => {
  await using it = bench([]);
  await it.clock.tick(1000);
  it.files.components = [component('p', 'pubsub.in-memory')];
  await it.clock.tick(1000);
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['restart']);
});

test('files that cannot be read change nothing, and are read again', async () => {
  await using it = bench([]);
  await it.clock.tick(1000);
  it.files.isBroken = true;
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, []);
  it.files.isBroken = false;
  it.files.components = [component('up', 'middleware.http.uppercase')];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['gone  added up']);
});
