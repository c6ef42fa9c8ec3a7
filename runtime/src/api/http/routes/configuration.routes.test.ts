import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigurationBlock, GetConfiguration } from '#blocks/configuration/configuration.ts';
import type { ConfigurationItem } from '#blocks/configuration/configuration-store.ts';
import { configurationStoreNotFound } from '#blocks/configuration/errors.ts';
import { configurationRoutes } from './configuration.routes.ts';
import { appWithRoutes } from './routes-app.testing.ts';

const items: Readonly<Record<string, ConfigurationItem>> = {
  size: { value: 'large', version: '', metadata: {} },
  colour: { value: '<red>', version: '2', metadata: { by: 'ann' } },
};

function openApi() {
  const received: GetConfiguration[] = [];
  const block: ConfigurationBlock = {
    requireStore(name) {
      if (name !== 'config') throw configurationStoreNotFound(name);
    },
    async get(_call, request) {
      received.push(request);
      return { items: request.keys.includes('none') ? {} : items };
    },
    async subscribe(_call, request) {
      received.push(request);
      return { id: 'the-id' };
    },
    updates: () => assert.fail('not over HTTP'),
    unsubscribe: async ({ id }) => (id === 'the-id' ? { ok: true, message: '' } : { ok: false, message: `no ${id}` }),
    async close() {},
  };
  const app = appWithRoutes((scope) => configurationRoutes(scope, block));
  return { received, send: (path: string) => app.inject(path), [Symbol.asyncDispose]: () => app.close() };
}

for (const version of ['v1.0', 'v1.0-alpha1'])
  test(`${version} configuration: items omit empty members and have Go's JSON form`, async () => {
    await using it = openApi();
    const reply = await it.send(`/${version}/configuration/config?key=size&key=colour&metadata.place=x`);
    assert.equal(reply.statusCode, 200);
    assert.equal(reply.headers['content-type'], 'application/json');
    assert.equal(
      reply.body,
      '{"colour":{"metadata":{"by":"ann"},"value":"\\u003cred\\u003e","version":"2"},"size":{"value":"large"}}',
    );
    assert.deepEqual(it.received, [{ storeName: 'config', keys: ['size', 'colour'], metadata: { place: 'x' } }]);
  });

test('GET configuration: an empty result is 204, and no key means all', async () => {
  await using it = openApi();
  assert.equal((await it.send('/v1.0/configuration/config?key=none')).statusCode, 204);
  await it.send('/v1.0/configuration/config');
  assert.deepEqual(it.received.at(-1)?.keys, []);
});

test('GET configuration/subscribe: returns the id that unsubscribe takes', async () => {
  await using it = openApi();
  const reply = await it.send('/v1.0/configuration/config/subscribe?key=colour');
  assert.deepEqual(reply.json(), { id: 'the-id' });
  assert.deepEqual(it.received.at(-1)?.keys, ['colour']);
  assert.deepEqual((await it.send('/v1.0/configuration/config/the-id/unsubscribe')).json(), { ok: true });
  const again = await it.send('/v1.0/configuration/config/other/unsubscribe');
  assert.equal(again.statusCode, 500);
  assert.deepEqual(again.json(), { message: 'no other' });
  assert.equal((await it.send('/v1.0/configuration/nowhere/the-id/unsubscribe')).statusCode, 400);
});
