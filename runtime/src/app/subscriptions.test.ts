import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppChannel } from '#core/app-channel.ts';
import { silentLog } from '#core/log.ts';
import { discoverSubscriptions } from './subscriptions.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

async function discovered(status: number, body: unknown) {
  const lines: string[] = [];
  const app: AppChannel = {
    protocol: 'http',
    request(_call, { verb, path, headers }) {
      assert.deepEqual(headers, ['dapr-app-id', 'cart']);
      assert.deepEqual([verb, path], ['GET', '/dapr/subscribe']);
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return Promise.resolve({ status, headers: [], body: Buffer.from(text) });
    },
    close: () => Promise.resolve(),
  };
  const collect = (_fields: object, line: string): void => void lines.push(line);
  const subscriptions = await discoverSubscriptions(app, call, {
    appId: 'cart',
    log: { ...silentLog, warn: collect, error: collect },
  });
  return { subscriptions, lines };
}

test('GET /dapr/subscribe: accepts a route, and routes with rules', async () => {
  const { subscriptions } = await discovered(200, [
    { pubsubname: 'pubsub', topic: 'a', route: '/a', deadLetterTopic: 'dead', metadata: { rawPayload: true } },
    {
      pubsubname: 'pubsub',
      topic: 'b',
      routes: { rules: [{ match: 'event.type == "x"', path: '/x' }, { match: '' }], default: '/b' },
      bulkSubscribe: { enabled: true, maxMessagesCount: 5 },
    },
  ]);
  assert.deepEqual(subscriptions, [
    {
      pubsubname: 'pubsub',
      topic: 'a',
      rules: [],
      metadata: { rawPayload: 'true' },
      defaultRoute: '/a',
      deadLetterTopic: 'dead',
    },
    {
      pubsubname: 'pubsub',
      topic: 'b',
      rules: [{ match: 'event.type == "x"', path: '/x' }],
      metadata: {},
      defaultRoute: '/b',
      bulkSubscribe: { enabled: true, maxMessagesCount: 5 },
    },
  ]);
});

test('GET /dapr/subscribe: incomplete entries are skipped, with a log line', async () => {
  const { subscriptions, lines } = await discovered(200, [
    { pubsubname: 'p', topic: 't' },
    { topic: 't', route: '/t' },
    null,
  ]);
  assert.deepEqual(subscriptions, []);
  assert.equal(lines.length, 3);
});

test('GET /dapr/subscribe: member names are case-insensitive', async () => {
  const entry = { pubSubName: 'p', TOPIC: 't', Routes: { Default: '/t', RULES: [{ Match: 'true', PATH: '/r' }] } };
  const { subscriptions } = await discovered(200, [
    { ...entry, BulkSubscribe: { Enabled: true, maxmessagescount: 7 } },
  ]);
  assert.deepEqual(subscriptions, [
    {
      pubsubname: 'p',
      topic: 't',
      rules: [{ match: 'true', path: '/r' }],
      metadata: {},
      defaultRoute: '/t',
      bulkSubscribe: { enabled: true, maxMessagesCount: 7 },
    },
  ]);
});

test('GET /dapr/subscribe: one member of a wrong type invalidates the whole list, as upstream', async () => {
  const good = { pubsubname: 'p', topic: 't', route: '/t' };
  for (const bad of [7, { ...good, topic: 5 }, { ...good, bulkSubscribe: { maxMessagesCount: 2 ** 31 } }]) {
    const { subscriptions, lines } = await discovered(200, [good, bad]);
    assert.deepEqual([subscriptions, lines.length], [[], 1]);
  }
});

test('GET /dapr/subscribe: an app without subscriptions has none, without a log line for 404', async () => {
  const responses = [
    [404, ''],
    [200, ''],
    [200, 'null'],
    [200, '[]'],
  ] as const;
  for (const [status, body] of responses)
    assert.deepEqual(await discovered(status, body), { subscriptions: [], lines: [] });
  const loud = [
    [500, ''],
    [200, '{'],
    [200, '{}'],
    [204, 'x'],
  ] as const;
  for (const [status, body] of loud) {
    const { subscriptions, lines } = await discovered(status, body);
    assert.deepEqual([subscriptions.length, lines.length], [0, 1]);
  }
});
