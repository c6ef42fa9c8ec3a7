import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { textOf } from '#core/errors.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import type { ComponentResource } from '#core/resource.ts';
import { duplicateComponents } from '#host/errors.ts';
import type { Resources } from '#host/resources/resources.ts';
import { hotReload } from './hot-reload.ts';
import type { Components } from './load-components.ts';

function component(name: string, type: string, value = ''): ComponentResource {
  const metadata = [{ name: 'n', value, location: 'a.yaml:9' }];
  const rest = { isNamespaced: false, ignoreErrors: false, initTimeoutMs: 1, secretStore: '' };
  return { name, type, version: 'v1', metadata, ...rest, location: `${name}.yaml:${name.length}` };
}

function bench(initial: readonly ComponentResource[], { hasApp = true } = {}) {
  const clock = fakeClock();
  const seen: string[] = [];
  const others = { httpEndpoints: [], resiliencies: [], problems: [] };
  const files = {
    components: initial,
    subscriptions: [] as Resources['subscriptions'],
    mcpServers: [] as Resources['mcpServers'],
    configurations: [] as Resources['configurations'],
    failure: undefined as Error | undefined,
  };
  const read = (): Promise<Resources> => {
    const { failure, ...resources } = files;
    return failure ? Promise.reject(failure) : Promise.resolve({ ...others, ...resources });
  };
  const components = {
    async reload(removed: readonly string[], added: readonly ComponentResource[], rejoin: () => Promise<void>) {
      seen.push(`removed ${removed.join()} added ${added.map(({ name }) => name).join()}`);
      await rejoin();
    },
  } as unknown as Components;
  const resubscribe = (declared: Resources['subscriptions']): Promise<void> => {
    seen.push(`subscribed ${declared.map(({ topic }) => topic).join()}`);
    return Promise.resolve();
  };
  const reasons: string[] = [];
  const onReload = (reason: string): void => {
    seen.push('restart');
    reasons.push(reason);
  };
  const onFatal = (cause: unknown): void => void seen.push(`fatal ${textOf(cause)}`);
  const dependencies = { clock, random: seededRandom(), log: silentLog, env: {}, onReload, onFatal };
  const watching = hotReload({
    folders: [],
    reconcileMs: 1000,
    read,
    initial: { ...others, components: initial, subscriptions: [], mcpServers: [], configurations: [] },
    components,
    subscriptionReloader: () => (hasApp ? resubscribe : undefined),
    reattachConsumers: () => Promise.resolve(void seen.push('reattach')),
    mcp: { follow: (servers) => void seen.push(`mcp ${servers.map(({ name }) => name).join()}`) },
    dependencies,
  });
  return { clock, seen, reasons, files, [Symbol.asyncDispose]: () => watching.close() };
}

const subscription = { name: 's', pubsubname: 'p', topic: 'orders', metadata: {}, rules: [], location: 's.yaml:1' };

test('hot reload: subscriptions are exchanged in place, and need a restart without an app', async () => {
  await using it = bench([]);
  it.files.subscriptions = [subscription];
  await it.clock.tick(1000);
  it.files.subscriptions = [{ ...subscription, location: 's.yaml:7' }];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['subscribed orders']);
  await using alone = bench([], { hasApp: false });
  alone.files.subscriptions = [subscription];
  await alone.clock.tick(1000);
  assert.deepEqual(alone.seen, ['restart']);
});

test('hot reload: a change during startup is detected', async () => {
  await using it = bench([component('up', 'middleware.http.uppercase')]);
  it.files.components = [];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['removed up added ', 'reattach']);
});

test('hot reload: components that are looked up per call are exchanged in place', async () => {
  await using it = bench([component('up', 'middleware.http.uppercase'), component('s', 'secretstores.local.env')]);
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, []);
  it.files.components = [component('s', 'secretstores.local.env', 'new'), component('x', 'lock.redis')];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['removed up,s added s,x', 'reattach']);
});

test('hot reload: stores, brokers and bindings are exchanged in place and their consumers reattached', async () => {
  await using it = bench([component('s', 'state.in-memory')]);
  it.files.components = [component('p', 'pubsub.in-memory'), component('b', 'bindings.cron')];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['removed s added p,b', 'reattach']);
});

test('hot reload: an actor state store and the broker of an outbox need a restart', async () => {
  const holding = (name: string): ComponentResource => ({
    ...component('s', 'state.in-memory'),
    metadata: [{ name, value: 'x', location: 'a.yaml:9' }],
  });
  for (const name of ['actorStateStore', 'outboxPublishPubsub']) {
    await using it = bench([]);
    it.files.components = [holding(name)];
    await it.clock.tick(1000);
    await it.clock.tick(1000);
    assert.deepEqual(it.seen, ['restart'], name);
  }
  await using it = bench([holding('outboxPublishPubsub')]);
  it.files.components = [holding('outboxPublishPubsub'), component('p', 'pubsub.in-memory')];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['restart']);
});

test('hot reload: a changed Configuration needs a restart, and its name is in the reason', async () => {
  await using it = bench([]);
  it.files.configurations = [{ name: 'tracing', spec: {} }];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['restart']);
  assert.deepEqual(it.reasons, ['a change of Configuration tracing']);
});

test('hot reload: MCP servers are exchanged in place', async () => {
  await using it = bench([]);
  const server = {
    name: 'm',
    url: 'http://m',
    invalidReason: undefined,
    ignoreErrors: false,
    spec: {},
    location: 'm.yaml:1',
  };
  it.files.mcpServers = [server];
  await it.clock.tick(1000);
  it.files.mcpServers = [{ ...server, location: 'm.yaml:9' }];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['mcp m']);
});

test('hot reload: two components with one name end the sidecar, as on the reference', async () => {
  await using it = bench([]);
  it.files.failure = duplicateComponents('failed to load resources from disk: twice');
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['fatal failed to load resources from disk: twice']);
});

test('hot reload: unreadable files change nothing and are read again', async () => {
  await using it = bench([]);
  await it.clock.tick(1000);
  it.files.failure = new Error('broken');
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, []);
  it.files.failure = undefined;
  it.files.components = [component('up', 'middleware.http.uppercase')];
  await it.clock.tick(1000);
  assert.deepEqual(it.seen, ['removed  added up', 'reattach']);
});
