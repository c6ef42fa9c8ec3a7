import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { object } from '@tidewater/contracts/schemas.ts';
import { serviceApp } from './service-app.ts';
import { environment } from './service-context.ts';
import { testContext } from './testing.ts';

const params = object({ id: Type.String() });
const response = { 200: object({ id: Type.String() }) };

function open(env: Record<string, string>, checksResponses = true) {
  return serviceApp(
    testContext({ env: environment(env) }),
    {
      subscriptions: [{ pubsub: 'pubsub', topic: 'stock', handlers: {} }],
      routes(app) {
        app.get('/things/:id', { schema: { summary: 'A thing', params, response } }, () => ({ id: 'a' }));
        app.get('/wrong', { schema: { response } }, () => ({ id: 'a', extra: 1 }));
      },
    },
    { checksResponses },
  );
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, { readonly get?: { readonly summary?: string; readonly responses: object } }>
  >;
}

test('api docs: the OpenAPI document has the routes with their schemas, without callbacks of the sidecar', async () => {
  const app = open({ API_DOCS: '1', APP_API_TOKEN: 'token' });
  const reply = await app.inject('/docs/json');
  const { openapi, paths } = reply.json<Document>();
  assert.equal(openapi, '3.1.0');
  assert.deepEqual(Object.keys(paths).toSorted(), ['/healthz', '/metrics', '/readyz', '/things/{id}', '/wrong']);
  assert.equal(paths['/things/{id}']?.get?.summary, 'A thing');
  assert.deepEqual(Object.keys(paths['/things/{id}']?.get?.responses ?? {}), ['200', 'default']);
  assert.match((await app.inject('/docs/')).body, /swagger/i);
  assert.equal((await app.inject('/things/1')).statusCode, 401);
  await app.close();
});

test('api docs: there are none without the setting, in production, and for other machines', async () => {
  assert.equal((await open({}).inject('/docs/json')).statusCode, 404);
  assert.equal((await open({ API_DOCS: '1', NODE_ENV: 'production' }).inject('/docs/json')).statusCode, 404);
  const elsewhere = await open({ API_DOCS: '1' }).inject({ url: '/docs/json', remoteAddress: '192.0.2.1' });
  assert.equal(elsewhere.statusCode, 404);
});

test('responses: one that differs from its schema is an error in tests, and complete otherwise', async () => {
  assert.equal((await open({}).inject('/wrong')).statusCode, 500);
  assert.deepEqual((await open({}, false).inject('/wrong')).json(), { id: 'a', extra: 1 });
  assert.deepEqual((await open({}).inject('/things/1')).json(), { id: 'a' });
});
