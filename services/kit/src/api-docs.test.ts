import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { object } from '@tidewater/contracts/schemas.ts';
import { serviceApp } from './service-app.ts';
import { withReferences } from './shared-schemas.ts';
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
    Record<
      string,
      { readonly get?: { readonly summary?: string; readonly responses: object; readonly security: object } }
    >
  >;
  readonly info: { readonly description: string };
  readonly components: { readonly schemas: object; readonly securitySchemes: object };
}

test('api docs: the OpenAPI document has the routes with their schemas, without callbacks of the sidecar', async () => {
  const app = open({ API_DOCS: '1', APP_API_TOKEN: 'token' });
  const reply = await app.inject('/docs/json');
  const { openapi, paths } = reply.json<Document>();
  assert.equal(openapi, '3.1.0');
  assert.deepEqual(Object.keys(paths).toSorted(), ['/healthz', '/metrics', '/readyz', '/things/{id}', '/wrong']);
  assert.equal(paths['/things/{id}']?.get?.summary, 'A thing');
  assert.deepEqual(Object.keys(paths['/things/{id}']?.get?.responses ?? {}), ['200', 'default']);
  const page = await app.inject('/docs/');
  assert.match(page.body, /swagger/i);
  const policy = String(page.headers['content-security-policy']);
  assert.match(policy, /style-src 'self' 'unsafe-inline'/);
  assert.doesNotMatch(policy, /upgrade-insecure-requests|https:/);
  assert.equal((await app.inject('/things/1')).statusCode, 401);
  await app.close();
});

test('api docs: each route names the token that it needs, and the document where the tokens are', async () => {
  const app = open({ API_DOCS: '1', APP_API_TOKEN: 'token' });
  const { paths, info, components } = (await app.inject('/docs/json')).json<Document>();
  await app.close();
  assert.deepEqual(paths['/things/{id}']?.get?.security, [{ appToken: [] }]);
  assert.deepEqual(paths['/metrics']?.get?.security, [{ staffToken: [] }]);
  assert.deepEqual(paths['/readyz']?.get?.security, []);
  assert.deepEqual(Object.keys(components.securitySchemes), ['appToken', 'staffToken']);
  assert.match(info.description, /secrets\.appApiTokens\.test/);
});

test('api docs: a schema with a title is in the components once; two with one title are an error', () => {
  const schemas = {};
  const thing = { title: 'Thing', type: 'object', properties: { title: { type: 'string' } } };
  const $ref = '#/components/schemas/Thing';
  assert.deepEqual(withReferences({ a: thing, b: [thing] }, schemas), { a: { $ref }, b: [{ $ref }] });
  assert.deepEqual(schemas, { Thing: thing });
  assert.throws(() => withReferences({ title: 'Thing', type: 'string' }, schemas), /title Thing/);
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
