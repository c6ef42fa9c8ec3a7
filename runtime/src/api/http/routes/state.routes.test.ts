import assert from 'node:assert/strict';
import test from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { seededRandom } from '#core/random.ts';
import type { Loaded } from '#core/component.ts';
import { type FakeClock, fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { type StateStore } from '#blocks/state/state-store.ts';
import { stateBlock } from '#blocks/state/state.ts';
import { memoryStateStore } from '#components/memory/state-store.ts';
import { appWithRoutes, testCall } from './routes-app.testing.ts';
import { stateRoutes } from './state.routes.ts';

interface Api extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly store: StateStore;
  send(
    verb: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>;
}

async function openApi(metadata: Record<string, string> = {}, names: readonly string[] = ['statestore']): Promise<Api> {
  const clock = fakeClock();
  const about = { type: 'state.in-memory', version: 'v1', metadata };
  const dependencies = { appId: 'orders', namespace: 'shop', log: silentLog, clock, random: seededRandom() };
  const store = await memoryStateStore({ name: 'statestore', ...about, ...dependencies });
  const stores = new Map<string, Loaded<StateStore>>(names.map((name) => [name, { name, ...about, port: store }]));
  const state = stateBlock({ appId: 'orders', namespace: 'shop', stores });
  const app = appWithRoutes((scope) => stateRoutes(scope, state));
  return {
    clock,
    store,
    send: (method, path, body, headers) =>
      app.inject({
        method,
        url: `/v1.0/state/${path}`,
        headers: { 'content-type': 'application/json', ...headers },
        payload: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await app.close();
      await store.close();
    },
  };
}

function errorOf(response: LightMyRequestResponse): { status: number; code: string; message: string; reason?: string } {
  const { errorCode, message, details } = response.json<{
    errorCode: string;
    message: string;
    details?: { reason?: string }[];
  }>();
  return {
    status: response.statusCode,
    code: errorCode,
    message,
    reason: details?.find(({ reason }) => reason)?.reason,
  };
}

test('state: a saved value is returned as raw JSON with its etag, and stored under the app id', async () => {
  await using at = await openApi();
  const saved = await at.send('POST', 'statestore', [{ key: 'k', value: { b: 1, a: '<' } }]);
  assert.equal(saved.statusCode, 204);
  const got = await at.send('GET', 'statestore/k');
  assert.equal(got.statusCode, 200);
  assert.equal(got.body, '{"a":"\\u003c","b":1}');
  assert.equal(got.headers['content-type'], 'application/json');
  assert.equal(got.headers.etag, (await at.store.get(testCall, 'orders||k'))?.etag);
});

test('state: member names match in any case', async () => {
  await using app = await openApi();
  const item = { Key: 'a', VALUE: 'mine', Options: { Concurrency: 'first-write' } };
  assert.equal((await app.send('POST', 'statestore', [item])).statusCode, 204);
  assert.equal((await app.send('POST', 'statestore', [item])).statusCode, 409);
  const bulk = await app.send('POST', 'statestore/bulk', { Keys: ['a'] });
  assert.equal((bulk.json() as { data: string }[])[0]?.data, 'mine');
  const operation = { OPERATION: 'upsert', Request: { key: 'b', Value: 'set' } };
  assert.equal((await app.send('POST', 'statestore/transaction', { Operations: [operation] })).statusCode, 204);
  assert.equal((await app.send('GET', 'statestore/b')).body, '"set"');
});

test('POST /v1.0/state/:store: the body follows the rules of encoding/json', async () => {
  await using at = await openApi();
  const stored = async (body: string): Promise<unknown> => {
    const { statusCode } = await at.send('POST', 'statestore', body);
    const got = await at.send('GET', 'statestore/k');
    await at.send('DELETE', 'statestore/k');
    return statusCode === 204 ? got.body : statusCode;
  };
  assert.equal(await stored('[{"key":"k","value":1e400}]'), 400);
  assert.equal(await stored('[{"key":"k","value":{"a":[-1e999]}}]'), 400);
  assert.equal(await stored('[{"key":"x","KEY":"k","value":1,"Value":2}]'), '2');
  assert.equal(await stored('[{"key":"k","key":null,"value":1}]'), '1');
  assert.equal(await stored('[{"key":"k","value":"a"}] trailing'), '"a"');
  assert.equal(await stored('[{"key":"k","value":12345678901234567890}]'), '12345678901234567000');
  const deep = '['.repeat(5000) + ']'.repeat(5000);
  assert.equal(await stored(`[{"key":"k","value":${deep}}]`), deep);
  assert.equal(await stored(`[{"key":"k","value":${deep}${deep.replace(']', '')}}]`), 400);
});

test('POST /v1.0/state/:store/transaction: a request follows the rules of mapstructure', async () => {
  await using at = await openApi();
  const status = async (request: string): Promise<number> => {
    const body = `{"operations":[{"operation":"upsert","request":${request}}]}`;
    return (await at.send('POST', 'statestore/transaction', body)).statusCode;
  };
  assert.equal(await status('{"KEY":"k","value":1e400}'), 400);
  assert.equal(await status('{"key":5,"value":1}'), 400);
  assert.equal(await status('{"key":"k","metadata":{"a":1}}'), 400);
  assert.equal(await status('{"KEY":"k","value":1,"other":[]}'), 204);
  assert.equal((await at.send('GET', 'statestore/k')).body, '1');
});

test('GET /v1.0/state/:store/:key: an absent key is 204 without a body', async () => {
  await using at = await openApi();
  const got = await at.send('GET', 'statestore/none');
  assert.deepEqual([got.statusCode, got.body, got.headers.etag], [204, '', undefined]);
});

test('GET /v1.0/state/:store/:key: an empty value is not absent', async () => {
  await using at = await openApi();
  await at.store.set(testCall, { kind: 'set', key: 'orders||k', value: new Uint8Array(0) });
  const got = await at.send('GET', 'statestore/k');
  assert.deepEqual([got.statusCode, got.body, got.headers.etag !== undefined], [200, '', true]);
});

test('POST /v1.0/state/:store: an absent value is null', async () => {
  await using at = await openApi();
  await at.send('POST', 'statestore', [{ key: 'k' }]);
  assert.equal((await at.send('GET', 'statestore/k')).body, 'null');
});

test('state: a stale etag is 409 on save and on delete, and changes nothing', async () => {
  await using at = await openApi();
  await at.send('POST', 'statestore', [{ key: 'k', value: 1 }]);
  const save = errorOf(await at.send('POST', 'statestore', [{ key: 'k', value: 2, etag: 'stale' }]));
  assert.equal(`${save.status} ${save.code}`, '409 ERR_STATE_SAVE');
  assert.match(save.message, /^failed saving state in state store statestore: possible etag mismatch/);
  const deleted = errorOf(await at.send('DELETE', 'statestore/k', undefined, { 'if-match': 'stale' }));
  assert.equal(`${deleted.status} ${deleted.code}`, '409 ERR_STATE_DELETE');
  assert.match(deleted.message, /^failed deleting state with key k: possible etag mismatch/);
  assert.equal((await at.send('GET', 'statestore/k')).body, '1');
});

test('state: an empty etag is none, and first-write rejects an existing key', async () => {
  await using at = await openApi();
  const options = { concurrency: 'first-write' };
  assert.equal((await at.send('POST', 'statestore', [{ key: 'k', value: 1, etag: '', options }])).statusCode, 204);
  assert.equal((await at.send('PUT', 'statestore', [{ key: 'k', value: 2, etag: '', options }])).statusCode, 409);
  assert.equal((await at.send('PUT', 'statestore', [{ key: 'k', value: 3, etag: '' }])).statusCode, 204);
});

test('POST /v1.0/state/:store: valid items are stored although one is rejected', async () => {
  await using at = await openApi();
  const items = [
    { key: 'bad', value: 1, etag: 'stale' },
    { key: 'good', value: 1 },
  ];
  assert.equal((await at.send('POST', 'statestore', items)).statusCode, 409);
  assert.equal((await at.send('GET', 'statestore/good')).body, '1');
});

test('state: the expiry is in a header, and the query string wins over the item', async () => {
  await using at = await openApi();
  const item = { key: 'k', value: 1, metadata: { ttlInSeconds: '5' } };
  await at.send('POST', 'statestore?metadata.ttlInSeconds=77', [item]);
  assert.equal((await at.send('GET', 'statestore/k')).headers['metadata.ttlexpiretime'], '2026-01-01T00:01:17Z');
  const bulk = await at.send('POST', 'statestore/bulk', { keys: ['k'] });
  assert.deepEqual(bulk.json()[0].metadata, { ttlExpireTime: '2026-01-01T00:01:17Z' });
  await at.clock.tick(78_000);
  assert.equal((await at.send('GET', 'statestore/k')).statusCode, 204);
});

test('state: a ttl of -1 or 0 means none, an invalid one is rejected', async () => {
  await using at = await openApi();
  const save = (ttlInSeconds: string) =>
    at.send('POST', 'statestore', [{ key: 'k', value: 1, metadata: { ttlInSeconds } }]);
  for (const fine of ['-1', '0']) {
    assert.equal((await save(fine)).statusCode, 204);
    assert.equal((await at.send('GET', 'statestore/k')).headers['metadata.ttlexpiretime'], undefined);
  }
  for (const bad of ['x', '1.5', '-5', '99999999999999']) {
    const rejected = errorOf(await save(bad));
    assert.equal(`${rejected.status} ${rejected.code}`, '500 ERR_STATE_SAVE');
    assert.match(rejected.message, /error parsing TTL/);
  }
});

test('state: unknown concurrency and consistency are named in the error', async () => {
  await using at = await openApi();
  for (const options of [{ concurrency: 'bogus' }, { consistency: 'bogus' }]) {
    const rejected = errorOf(await at.send('POST', 'statestore', [{ key: 'k', value: 1, options }]));
    assert.equal(`${rejected.status} ${rejected.code}`, '500 ERR_STATE_SAVE');
    assert.match(rejected.message, /unrecognized con\w+ model 'bogus'/);
  }
});

test('POST /v1.0/state/:store/transaction: unknown options are an error of a write and ignored by a delete', async () => {
  await using at = await openApi();
  for (const options of [{ concurrency: 'bogus' }, { consistency: 'bogus' }]) {
    const send = (operation: string) =>
      at.send('POST', 'statestore/transaction', {
        operations: [{ operation, request: { key: 'k', value: 1, options } }],
      });
    assert.match(errorOf(await send('upsert')).message, /unrecognized con\w+ model 'bogus'/);
    assert.equal((await send('delete')).statusCode, 204);
  }
});

test('POST /v1.0/state/:store/bulk: items are in request order, absent ones without data', async () => {
  await using at = await openApi();
  await at.send('POST', 'statestore', [
    { key: 'a', value: { x: 1 } },
    { key: 'b', value: 'text' },
  ]);
  await at.store.set(testCall, { kind: 'set', key: 'orders||raw', value: Buffer.from([0xff, 0]) });
  const items = (await at.send('POST', 'statestore/bulk', { keys: ['b', 'none', 'a', 'raw'], parallelism: 1 })).json<
    Record<string, unknown>[]
  >();
  assert.deepEqual(
    items.map(({ key, data }) => [key, data]),
    [
      ['b', 'text'],
      ['none', undefined],
      ['a', { x: 1 }],
      ['raw', undefined],
    ],
  );
  assert.deepEqual(items[1], { key: 'none' });
  assert.match(String(items[3]?.['error']), /not JSON/);
  assert.equal((await at.send('POST', 'statestore/bulk', { keys: [] })).body, '[]');
});

test('POST /v1.0/state/:store/transaction: all or nothing, and an etag conflict is 500', async () => {
  await using at = await openApi();
  await at.send('POST', 'statestore', [{ key: 'old', value: 1 }]);
  const operations = [
    { operation: 'upsert', request: { key: 'new', value: { b: 1, a: 2 } } },
    { operation: 'delete', request: { key: 'old' } },
  ];
  const stale = { operation: 'upsert', request: { key: 'old', value: 2, etag: 'stale' } };
  const rejected = errorOf(await at.send('POST', 'statestore/transaction', { operations: [...operations, stale] }));
  assert.equal(`${rejected.status} ${rejected.code}`, '500 ERR_STATE_TRANSACTION');
  assert.equal((await at.send('GET', 'statestore/new')).statusCode, 204);
  assert.equal((await at.send('GET', 'statestore/old')).statusCode, 200);
  assert.equal((await at.send('PUT', 'statestore/transaction', { operations })).statusCode, 204);
  assert.equal((await at.send('GET', 'statestore/new')).body, '{"a":2,"b":1}');
  assert.equal((await at.send('GET', 'statestore/old')).statusCode, 204);
  assert.equal((await at.send('POST', 'statestore/transaction', {})).statusCode, 204);
  const unknown = errorOf(
    await at.send('POST', 'statestore/transaction', { operations: [{ operation: 'frob', request: { key: 'k' } }] }),
  );
  assert.equal(`${unknown.status} ${unknown.code}`, '400 ERR_NOT_SUPPORTED_STATE_OPERATION');
});

test('state: a key with the separator is rejected with its field', async () => {
  await using at = await openApi();
  const tries = [
    at.send('GET', 'statestore/a%7C%7Cb'),
    at.send('DELETE', 'statestore/a%7C%7Cb'),
    at.send('POST', 'statestore', [{ key: 'a||b', value: 1 }]),
    at.send('POST', 'statestore/bulk', { keys: ['a||b'] }),
    at.send('POST', 'statestore/transaction', { operations: [{ operation: 'upsert', request: { key: 'a||b' } }] }),
  ];
  for (const response of await Promise.all(tries)) {
    const rejected = errorOf(response);
    assert.equal(
      `${rejected.status} ${rejected.code} ${rejected.reason}`,
      '400 ERR_MALFORMED_REQUEST DAPR_STATE_ILLEGAL_KEY',
    );
    assert.equal(response.json().details[0].field_violations[0].field, 'a||b');
  }
});

test('state: a missing store is reported before a malformed body', async () => {
  await using at = await openApi();
  const missing = errorOf(await at.send('POST', 'nope', 'x'));
  assert.equal(
    `${missing.status} ${missing.code} ${missing.reason}`,
    '400 ERR_STATE_STORE_NOT_FOUND DAPR_STATE_NOT_FOUND',
  );
  await using none = await openApi({}, []);
  const unconfigured = errorOf(await none.send('GET', 'statestore/k'));
  assert.equal(
    `${unconfigured.status} ${unconfigured.code} ${unconfigured.reason}`,
    '500 ERR_STATE_STORE_NOT_CONFIGURED DAPR_STATE_NOT_CONFIGURED',
  );
});

test('state: malformed bodies are 400 and write nothing', async () => {
  await using at = await openApi();
  const deep = `[{"key":"k","value":${'['.repeat(50_000)}${']'.repeat(50_000)}}]`;
  const bodies = [
    '',
    'x',
    '{"key":"k"}',
    '[1]',
    '[{"value":1}]',
    '[{"key":""}]',
    '[{"key":5}]',
    '[{"key":"k","etag":5}]',
    deep,
  ];
  for (const body of [
    ...bodies,
    '[{"key":"k","metadata":{"ttlInSeconds":5}}]',
    '[{"key":"k","options":"first-write"}]',
  ]) {
    const rejected = errorOf(await at.send('POST', 'statestore', body));
    assert.equal(`${rejected.status} ${rejected.code}`, '400 ERR_MALFORMED_REQUEST', body.slice(0, 60));
  }
  for (const path of ['statestore/bulk', 'statestore/transaction']) {
    for (const body of ['', '[]', '{"keys":1,"operations":1}']) {
      assert.equal((await at.send('POST', path, body)).statusCode, 400, `${path} ${body}`);
    }
  }
  assert.equal((await at.send('POST', 'statestore', 'null')).statusCode, 204);
  assert.equal((await at.send('GET', 'statestore/k')).statusCode, 204);
});

test('state: the component configures the key prefix', async () => {
  const expected = {
    name: 'statestore||k',
    namespace: 'shop.orders||k',
    none: 'k',
    appid: 'orders||k',
    mine: 'mine||k',
    Mine: 'mine||k',
    '': '||k',
  };
  for (const [keyprefix, key] of Object.entries(expected)) {
    await using at = await openApi({ keyprefix });
    await at.send('POST', 'statestore', [{ key: 'k', value: 1 }]);
    assert.ok(await at.store.get(testCall, key), keyprefix);
  }
  await assert.rejects(openApi({ keyprefix: 'a||b' }), /keyPrefix 'a\|\|b' can't contain '\|\|'/);
});
