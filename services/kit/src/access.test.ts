import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { serviceApp } from './service-app.ts';
import { testContext } from './testing.ts';
import { environment } from './service-context.ts';

function open({ isPublic = false, tokens = true } = {}): FastifyInstance {
  const env = environment(tokens ? { APP_API_TOKEN: 'app-token', STAFF_TOKEN: 'staff-token' } : {});
  return serviceApp(testContext({ env }), {
    isPublic,
    subscriptions: [{ pubsub: 'pubsub', topic: 'stock', handlers: {} }],
    routes(app) {
      app.get('/command/:id', () => 'ok');
      app.get('/page', { config: { access: 'public' } }, () => 'ok');
      app.get('/staff', { config: { access: 'staff' } }, () => 'ok');
    },
  });
}

const status = async (
  app: FastifyInstance,
  url: string,
  headers: Record<string, string> = {},
  method: 'GET' | 'POST' = 'GET',
) => (await app.inject({ method, url, headers })).statusCode;

const sidecar = { 'dapr-api-token': 'app-token' };
const event = { ...sidecar, 'content-type': 'application/cloudevents+json' };

test('access: a route without access setting is for the own sidecar', async () => {
  const app = open();
  assert.equal(await status(app, '/command/1'), 401);
  assert.equal(await status(app, '/command/1', { 'dapr-api-token': 'wrong' }), 401);
  assert.equal(await status(app, '/command/1', { 'dapr-api-token': '' }), 401);
  assert.equal(await status(app, '/command/1', sidecar), 200);
  for (const url of ['/dapr/subscribe', '/dapr/config']) {
    assert.equal(await status(app, url), 401, url);
    assert.equal(await status(app, url, sidecar), 200, url);
  }
  assert.equal(await status(app, '/events/pubsub/stock', {}, 'POST'), 401);
  assert.equal(await status(app, '/events/pubsub/stock', event, 'POST'), 200);
});

test('access: callbacks are accepted from the own sidecar only, not from another app through it', async () => {
  const app = open();
  const invocation = { ...event, 'dapr-caller-app-id': 'storefront' };
  assert.equal(await status(app, '/events/pubsub/stock', invocation, 'POST'), 401);
  for (const url of ['/dapr/subscribe', '/dapr/config']) assert.equal(await status(app, url, invocation), 401, url);
  assert.equal(await status(app, '/command/1', { ...sidecar, 'dapr-caller-app-id': 'storefront' }), 200);
});

test('access: callbacks with the own app id are accepted, as daprd sends it with turns of actors', async () => {
  const app = open();
  assert.equal(await status(app, '/events/pubsub/stock', { ...event, 'dapr-caller-app-id': 'test' }, 'POST'), 200);
});

test('access: a standalone program has no sidecar routes', async () => {
  const app = serviceApp(testContext(), {
    isStandalone: true,
    routes: (routes) => void routes.get('/command', () => 'ok'),
  });
  for (const url of ['/dapr/subscribe', '/dapr/config', '/command']) assert.equal(await status(app, url), 404, url);
  assert.equal(await status(app, '/healthz'), 204);
});

test('access: probes are open, metrics and staff routes require the staff token', async () => {
  const app = open();
  assert.equal(await status(app, '/healthz'), 204);
  assert.equal(await status(app, '/readyz'), 204);
  for (const url of ['/metrics', '/staff']) {
    assert.equal(await status(app, url), 401, url);
    assert.equal(await status(app, url, sidecar), 401, url);
    assert.equal(await status(app, url, { 'x-staff-token': 'staff-token' }), 200, url);
    assert.equal(await status(app, url, { authorization: 'Bearer staff-token' }), 200, url);
    assert.equal(await status(app, url, { authorization: 'Bearer nobody' }), 401, url);
  }
});

test('access: on a public port, sidecar routes are 404, however the path is encoded', async () => {
  const app = open({ isPublic: true });
  assert.equal(await status(app, '/page'), 200);
  const ways = [
    '/events/pubsub/stock',
    '/%65vents/pubsub/stock',
    '/event%73/pubsub/stock',
    '//events/pubsub/stock',
    '/events/./pubsub/stock',
    '/EVENTS/pubsub/stock',
  ];
  for (const url of ways)
    assert.equal(await status(app, url, { 'content-type': 'application/json' }, 'POST'), 404, url);
  assert.equal(await status(app, 'http://shop.example/events/pubsub/stock', {}, 'POST'), 404);
  assert.equal(await status(app, '/command/1'), 404);
  assert.equal(await status(app, '/command/1', sidecar), 200);
});

test('access: without tokens local programs may call, browsers may not', async () => {
  const app = open({ tokens: false });
  assert.equal(await status(app, '/command/1'), 200);
  const browsers: readonly Record<string, string>[] = [
    { origin: 'http://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { cookie: 'a=b' },
  ];
  for (const headers of browsers) assert.equal(await status(app, '/command/1', headers), 401);
  assert.equal(await status(app, '/staff'), 401);
});

test('requests: an address that cannot be decoded and a part that is too long are problems', async () => {
  const app = open({ isPublic: true });
  for (const url of ['/%', '/%zz', '/%ff', `/command/${'x'.repeat(600)}`]) {
    const reply = await app.inject(url);
    assert.ok(reply.statusCode >= 400 && reply.statusCode < 500, `${url} ${reply.statusCode}`);
    assert.equal(reply.headers['content-type'], 'application/problem+json', url);
  }
});
