import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { needsPostgres, testContext } from '@tidewater/kit/testing.ts';
import { environment } from '@tidewater/kit/service-context.ts';
import { providerService } from './service.ts';
import { testKeys, testProvider } from './testing.ts';
import type { TestProvider } from './testing.ts';

const amount = { amount: 1999, currency: 'EUR' };
const card = (number: string = testCards.approved) => ({ number, expiry: '12/29', cvc: '123' });

interface Call {
  readonly method?: 'GET' | 'POST';
  readonly key?: string;
  readonly customer?: string;
  readonly idempotencyKey?: string;
  readonly payload?: object | string;
}

async function call(provider: TestProvider, url: string, options: Call = {}) {
  const { method = 'POST', key, customer, idempotencyKey, payload } = options;
  const headers = {
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(customer !== undefined && { 'x-customer': customer }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    ...(payload !== undefined && { 'content-type': 'application/json' }),
  };
  const response = await provider.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  return { status: response.statusCode, body: response.json(), text: response.body };
}

const tokenFor = (provider: TestProvider, customer: string, idempotencyKey?: string, number?: string) =>
  call(provider, '/tokens', { key: testKeys.publishable, customer, idempotencyKey, payload: card(number) });

const authorize = (provider: TestProvider, token: string, customer: string, idempotencyKey = 'k') =>
  call(provider, '/authorizations', {
    key: testKeys.secret,
    idempotencyKey,
    payload: { token, amount, reference: 'o1', customer },
  });

test('keys: POST /tokens requires the publishable key and everything else the secret key', needsPostgres, async () => {
  await using provider = await testProvider();
  const routes = [
    ['POST', '/tokens', testKeys.publishable],
    ['POST', '/%74okens', testKeys.publishable],
    ['POST', '/authorizations', testKeys.secret],
    ['POST', '/authorizations/a/capture', testKeys.secret],
    ['POST', '/authorizations/a/void', testKeys.secret],
    ['POST', '/authorizations/a/refund', testKeys.secret],
    ['GET', '/authorizations', testKeys.secret],
    ['GET', '/authorizations?reference=o1', testKeys.secret],
    ['GET', '/authorization%73', testKeys.secret],
  ] as const;
  for (const [method, url, right] of routes)
    for (const key of [undefined, '', 'wrong', `${right}x`, testKeys.publishable, testKeys.secret]) {
      const { status, body } = await call(provider, url, { method, key, payload: method === 'POST' ? {} : undefined });
      if (key === right) assert.notEqual(status, 401, `${method} ${url}`);
      else assert.deepEqual([status, body.type], [401, 'unauthorized'], `${method} ${url} ${key}`);
    }
  assert.equal((await call(provider, '/none', { method: 'GET' })).status, 404);
});

test('start: each secret that is missing is named with how to set it', async () => {
  const secrets = {
    PROVIDER_PUBLISHABLE_KEY: 'p',
    PROVIDER_SECRET_KEY: 's',
    PROVIDER_FINGERPRINT_SECRET: 'f',
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
  };
  const start = (env: Record<string, string>) => providerService(testContext({ env: environment(env) }));
  for (const name of ['PROVIDER_PUBLISHABLE_KEY', 'PROVIDER_SECRET_KEY', 'PROVIDER_FINGERPRINT_SECRET'])
    await assert.rejects(
      start({ ...secrets, [name]: '' }),
      new RegExp(`^ConfigurationError: ${name} is not set. Set it to`),
    );
  await assert.rejects(start({ ...secrets, PROVIDER_SECRET_KEY: 'p' }), /are the same/);
});

test('tokens: a token of another customer is rejected like an unknown one', needsPostgres, async () => {
  await using provider = await testProvider();
  const { token } = (await tokenFor(provider, 'ada')).body;
  const foreign = await authorize(provider, token, 'eve');
  const unknown = await authorize(provider, 'tok_unknown', 'eve');
  assert.deepEqual([foreign.status, foreign.body.type], [422, 'token-unknown']);
  assert.equal(foreign.text, unknown.text);
  assert.deepEqual(await provider.readLedger(), []);
  const ownAuthorization = await authorize(provider, token, 'ada');
  assert.deepEqual([ownAuthorization.status, ownAuthorization.body.card], [200, { brand: 'Visa', last4: '4242' }]);
});

test('tokens: a token of an older version belongs to the first customer that uses it', needsPostgres, async () => {
  await using provider = await testProvider();
  const { token } = (await tokenFor(provider, 'ada')).body;
  await provider.database.execute('update tokens set customer = null');
  assert.equal((await authorize(provider, token, 'ada', 'k1')).status, 200);
  assert.equal((await authorize(provider, token, 'eve', 'k2')).status, 422);
});

test('POST /tokens: an invalid customer id is 400', needsPostgres, async () => {
  await using provider = await testProvider();
  for (const customer of [undefined, '', 'a b', '../x', 'x'.repeat(65)]) {
    const { status, body } = await call(provider, '/tokens', { key: testKeys.publishable, customer, payload: card() });
    assert.equal(status, 400, customer);
    assert.equal(body.errors[0].field, 'x-customer');
  }
});

test('POST /tokens: the same key and card give the same token, another card is 422', needsPostgres, async () => {
  await using provider = await testProvider();
  const first = await tokenFor(provider, 'ada', 'key');
  assert.equal((await tokenFor(provider, 'ada', 'key')).body.token, first.body.token);
  assert.equal((await tokenFor(provider, 'ada', 'key', '4242 4242 4242 4242')).body.token, first.body.token);
  const other = await tokenFor(provider, 'ada', 'key', testCards.declined);
  assert.deepEqual([other.status, other.body.type], [422, 'idempotency-key-reused']);
  const laterExpiry = { ...card(), expiry: '11/29' };
  const options = { key: testKeys.publishable, customer: 'ada', idempotencyKey: 'key', payload: laterExpiry };
  assert.equal((await call(provider, '/tokens', options)).status, 422);
});

test('idempotency keys: are separate for each customer and each kind of API key', needsPostgres, async () => {
  await using provider = await testProvider();
  const ada = (await tokenFor(provider, 'ada', 'key')).body;
  const eve = (await tokenFor(provider, 'eve', 'key', testCards.declined)).body;
  assert.notEqual(ada.token, eve.token);
  assert.equal((await authorize(provider, ada.token, 'ada', 'key')).body.status, 'authorized');
  assert.equal((await authorize(provider, eve.token, 'eve', 'key')).body.status, 'declined');
});

test('idempotency keys: an authorization of an older version is found again', needsPostgres, async () => {
  await using provider = await testProvider();
  const { token } = (await tokenFor(provider, 'ada')).body;
  const first = await authorize(provider, token, 'ada');
  await provider.database.execute(`update idempotent_responses set customer = '' where kind = 'secret'`);
  assert.equal((await authorize(provider, token, 'ada')).body.id, first.body.id);
  assert.equal((await provider.readLedger()).length, 1);
});

test('cards: no number, expiry or code is in an error, a log line or a table', needsPostgres, async () => {
  await using provider = await testProvider();
  const key = testKeys.publishable;
  const { approved } = testCards;
  const bodies = [
    card(),
    card('4242424242424241'),
    { ...card(), cvc: '98765' },
    { number: Number(approved), expiry: '12/29', cvc: 123 },
    { ...card(), number: [approved] },
    { ...card(), cvc: approved.repeat(10) },
    { [approved]: approved },
    `{"number":"${approved}",`,
    `${approved}x`,
    JSON.stringify(card()).replace('"12/29"', '12/29'),
  ];
  for (const [index, payload] of bodies.entries()) {
    const { status, text } = await call(provider, '/tokens', {
      key,
      customer: 'ada',
      idempotencyKey: `k${index}`,
      payload,
    });
    if (index > 0) assert.ok(status === 400 || status === 422, `${index}: ${status}`);
    if (index > 0) for (const secret of ['42424242', '98765', '12/29']) assert.ok(!text.includes(secret), text);
  }
  const tables = ['tokens', 'idempotent_responses', 'authorizations'];
  const rows = await Promise.all(tables.map((table) => provider.database.query(`select * from ${table}`)));
  const written = `${JSON.stringify(rows)}${provider.lines.join('')}`;
  assert.ok(provider.lines.length > 0);
  for (const secret of ['42424242', '98765', '12/29', '"123"']) assert.ok(!written.includes(secret), written);
});

test('GET /authorizations: pages are bounded and follow each other', needsPostgres, async () => {
  await using provider = await testProvider();
  const { token } = (await tokenFor(provider, 'ada')).body;
  for (let i = 0; i < 7; i++) await authorize(provider, token, 'ada', `k${i}`);
  const read = (query: string) => call(provider, `/authorizations${query}`, { method: 'GET', key: testKeys.secret });
  const seen: string[] = [];
  for (let after = ''; ; after = `&after=${seen.at(-1)}`) {
    const page = (await read(`?reference=o1&limit=3${after}`)).body as { id: string }[];
    seen.push(...page.map(({ id }) => id));
    if (page.length < 3) break;
  }
  assert.deepEqual(
    seen,
    (await provider.readLedger()).map(({ id }) => id),
  );
  assert.equal(new Set(seen).size, 7);
  for (const query of [
    '?limit=0',
    '?limit=1001',
    '?limit=x',
    '?after=none',
    '?reference=a%00',
    '?reference=a&reference=b',
  ])
    assert.equal((await read(query)).status, 400, query);
});

test('provider API: invalid bodies, paths and headers are 400', needsPostgres, async () => {
  await using provider = await testProvider();
  const { token } = (await tokenFor(provider, 'ada')).body;
  const request = { token, amount, reference: 'o1', customer: 'ada' };
  const key = testKeys.secret;
  for (const wrong of [
    { token: '4242-4242-4242-4242' },
    { reference: 'a\0' },
    { reference: '../x' },
    { customer: '' },
    { amount: { amount: 1, currency: 'USD' } },
    { amount: { amount: 100_000_001, currency: 'EUR' } },
  ]) {
    const options = { key, idempotencyKey: 'k', payload: { ...request, ...wrong } };
    assert.equal((await call(provider, '/authorizations', options)).status, 400, JSON.stringify(wrong));
  }
  for (const id of ['a%00', 'a%20b', '..%2f'])
    assert.equal((await call(provider, `/authorizations/${id}/capture`, { key, idempotencyKey: 'k' })).status, 400, id);
  for (const idempotencyKey of ['', 'a b', 'x'.repeat(201)])
    assert.equal((await call(provider, '/authorizations', { key, idempotencyKey, payload: request })).status, 400);
  assert.deepEqual(await provider.readLedger(), []);
});
