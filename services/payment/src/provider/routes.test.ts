import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { needsPostgres } from '@tidewater/kit/testing.ts';
import { testKeys, testProvider } from './testing.ts';
import type { TestProvider } from './testing.ts';

const amount = { amount: 1999, currency: 'EUR' };
const customer = 'shopper';

async function post(provider: TestProvider, url: string, key?: string, payload?: object, customer = 'shopper') {
  const kind = url === '/tokens' ? 'publishable' : 'secret';
  const headers = {
    authorization: `Bearer ${testKeys[kind]}`,
    'x-customer': customer,
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  const first = await provider.app.inject({ method: 'POST', url, headers, ...(payload && { payload }) });
  return { status: first.statusCode, body: first.json(), type: first.headers['content-type'] };
}

test('provider: a card number is in no table', needsPostgres, async () => {
  await using provider = await testProvider();
  const { token } = await provider.tokenize(testCards.approved);
  assert.match(token, /^tok_[0-9a-f]{32}$/);
  for (const table of ['tokens', 'idempotent_responses', 'authorizations']) {
    const rows = JSON.stringify(await provider.database.query(`select * from ${table}`));
    assert.ok(!rows.includes(testCards.approved) && !rows.includes('"123"'), rows);
  }
});

test('POST /tokens: an invalid card is a 422 that names the fields', needsPostgres, async () => {
  await using provider = await testProvider();
  const { status, body, type } = await post(provider, '/tokens', undefined, { number: '1', expiry: '1', cvc: '1' });
  assert.equal(status, 422);
  assert.match(String(type), /^application\/problem\+json/);
  assert.deepEqual(
    body.errors.map(({ field }: { field: string }) => field),
    ['number', 'expiry', 'cvc'],
  );
});

test(
  'POST /authorizations: one key gives one authorization, however often and concurrently it is sent',
  needsPostgres,
  async () => {
    await using provider = await testProvider();
    const { token } = await provider.tokenize(testCards.slow);
    const request = { token, amount, reference: 'o1', customer };
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => post(provider, '/authorizations', 'o1', request)),
    );
    assert.equal(new Set(responses.map(({ body }) => body.id)).size, 1);
    assert.equal((await provider.readLedger()).length, 1);
    assert.equal((await post(provider, '/authorizations', 'o1', { ...request, reference: 'o2' })).status, 422);
  },
);

test('authorizations: capture, refund and void happen once, and only in a valid order', needsPostgres, async () => {
  await using provider = await testProvider();
  const { token } = await provider.tokenize(testCards.approved);
  const open = async (reference: string) =>
    (await post(provider, '/authorizations', reference, { token, amount, reference, customer })).body.id as string;
  const sold = await open('sold');
  assert.equal((await post(provider, `/authorizations/${sold}/refund`, 'r0')).status, 409);
  assert.equal((await post(provider, `/authorizations/${sold}/capture`, 'c')).body.captured.amount, 1999);
  assert.equal((await post(provider, `/authorizations/${sold}/capture`, 'c')).body.captured.amount, 1999);
  assert.equal((await post(provider, `/authorizations/${sold}/void`, 'v')).status, 409);
  assert.equal((await post(provider, `/authorizations/${sold}/refund`, 'r')).body.refunded.amount, 1999);
  const dropped = await open('dropped');
  assert.equal((await post(provider, `/authorizations/${dropped}/void`, 'v2')).body.status, 'voided');
  assert.equal((await post(provider, `/authorizations/${dropped}/capture`, 'c2')).status, 409);
  assert.deepEqual(
    (await provider.readLedger()).map(({ status }) => status),
    ['refunded', 'voided'],
  );
  assert.equal((await post(provider, '/authorizations/none/capture', 'n')).status, 404);
});

test('test cards: each has the behaviour of its name', needsPostgres, async () => {
  await using provider = await testProvider();
  const charge = async (number: string, key: string) => {
    const { token } = await provider.tokenize(number);
    return post(provider, '/authorizations', key, { token, amount, reference: key, customer });
  };
  assert.equal((await charge(testCards.approved, 'a')).body.status, 'authorized');
  assert.match((await charge(testCards.declined, 'b')).body.reason, /declined/);
  assert.match((await charge(testCards.insufficientFunds, 'c')).body.reason, /not enough money/);
  assert.equal((await charge(testCards.slow, 'd')).body.status, 'authorized');
  assert.ok(provider.waits.includes(4_000));
  const { token } = await provider.tokenize(testCards.downThenUp);
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++)
    statuses.push((await post(provider, '/authorizations', 'e', { token, amount, reference: 'e', customer })).status);
  assert.deepEqual(statuses, [503, 503, 503, 200, 200]);
  const logged = provider.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const simulated = logged.filter(({ msg }) => /simulating/.test(String(msg)));
  assert.deepEqual(
    simulated.map(({ level, attempt }) => [level, attempt]),
    [
      ['info', 1],
      ['info', 2],
      ['info', 3],
    ],
  );
  assert.deepEqual(
    logged.filter(({ level }) => level === 'error'),
    [],
  );
});

test(
  'POST /authorizations: a missing key, an unknown token and an invalid amount are rejected',
  needsPostgres,
  async () => {
    await using provider = await testProvider();
    const { token } = await provider.tokenize(testCards.approved);
    const request = { token, amount, reference: 'o', customer };
    assert.equal((await post(provider, '/authorizations', undefined, request)).status, 400);
    assert.equal((await post(provider, '/authorizations', 'k', { ...request, token: 'tok_none' })).status, 422);
    for (const wrong of [0, -5, 1.5, '7'])
      assert.equal(
        (await post(provider, '/authorizations', 'k', { ...request, amount: { amount: wrong, currency: 'EUR' } }))
          .status,
        400,
      );
  },
);
