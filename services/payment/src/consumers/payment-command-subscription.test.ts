import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { eventSchemas } from '@tidewater/contracts/schemas.ts';
import { isPermanent } from '@tidewater/kit/failures.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { needsPostgres } from '@tidewater/kit/testing.ts';
import { checkInvariants } from '../queries/payment-invariants.ts';
import { paymentFixture } from '../testing.ts';

test('payment.captured and payment.declined: carry the card as the provider names it', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  await fixture.send('charge', 'o1', await fixture.provider.tokenize(testCards.approved));
  await fixture.send('charge', 'o2', await fixture.provider.tokenize(testCards.insufficientFunds));
  assert.deepEqual(await fixture.published(), [
    { type: 'payment.captured', data: { orderId: 'o1', amount: eur(1999), card: { brand: 'Visa', last4: '4242' } } },
    {
      type: 'payment.declined',
      data: {
        orderId: 'o2',
        reason: 'There is not enough money on the card.',
        card: { brand: 'Visa', last4: '9995' },
      },
    },
  ]);
  assert.deepEqual(await fixture.database.query('select card from payments order by order_id'), [
    { card: 'Visa 4242' },
    { card: 'Visa 9995' },
  ]);
});

test('charge: one that can never succeed is declined with a sentence', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const foreign = await fixture.provider.tokenize(testCards.approved, 'somebody-else');
  const ownCard = await fixture.provider.tokenize(testCards.approved);
  await fixture.send('charge', 'o1', { token: 'tok_unknown' });
  await fixture.send('charge', 'o2', foreign);
  await fixture.send('charge', 'o3', ownCard, 'e3', { total: eur(0) });
  const published = await fixture.published();
  assert.deepEqual(
    published.map(({ type }) => type),
    ['payment.declined', 'payment.declined', 'payment.declined'],
  );
  for (const { data } of published) assert.ok(isValid(eventSchemas['payment.declined'], data), JSON.stringify(data));
  assert.deepEqual(await fixture.provider.readLedger(), []);
  assert.deepEqual(await fixture.invariants(), []);
});

test('charge: data that the schema does not allow is a permanent error and writes nothing', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.approved);
  for (const [orderId, change] of [
    ['o\0', {}],
    ['../o', {}],
    ['o1', { shopperId: 'a\0' }],
    ['o1', { total: eur(-1) }],
    ['o1', { total: eur(2 ** 40) }],
    ['o1', { total: { amount: 1, currency: 'USD' } as never }],
    ['o1', { token: '4242-4242-4242-4242' }],
    ['o1', { token: undefined as never }],
  ] as const)
    await assert.rejects(fixture.send('charge', orderId, card, 'e', change), isPermanent);
  assert.deepEqual(await fixture.database.query('select * from payments'), []);
});

test(
  'charge: a repetition over another amount, card or customer is a permanent error that names the order',
  needsPostgres,
  async () => {
    await using fixture = await paymentFixture();
    const card = await fixture.provider.tokenize(testCards.approved);
    const other = await fixture.provider.tokenize(testCards.approved);
    await fixture.send('charge', 'o1', card);
    await fixture.publishedTypes();
    for (const [usedCard, change] of [
      [card, { total: eur(1) }],
      [other, {}],
      [card, { shopperId: 'somebody-else' }],
    ] as const)
      await assert.rejects(fixture.send('charge', 'o1', usedCard, 'e', change), (error: Error) => {
        assert.ok(isPermanent(error));
        assert.match(error.message, /order o1 /);
        assert.ok(!error.message.includes('tok_'));
        return true;
      });
    assert.deepEqual(await fixture.publishedTypes(), []);
    assert.deepEqual(
      (await fixture.provider.readLedger()).map(({ captured }) => captured.amount),
      [1999],
    );
  },
);

test('charge: a constraint violation is permanent and leaves the payment as it was', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.approved);
  await fixture.database.execute(`alter table payments add check (state <> 'authorized')`);
  await assert.rejects(fixture.send('charge', 'o1', card), isPermanent);
  assert.deepEqual(await fixture.database.query('select state from payments'), [{ state: 'requested' }]);
  assert.deepEqual(await fixture.publishedTypes(), []);
});

test('charge: an existing authorization under another request is adopted, not declined', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.approved);
  await fixture.client.authorize({ orderId: 'o1', token: card.token, customer: 'shopper', amount: eur(1999) });
  // Fingerprints of another version.
  await fixture.provider.database.execute(`update idempotent_responses set request = 'older'`);
  await fixture.send('charge', 'o1', card);
  assert.deepEqual(await fixture.publishedTypes(), ['payment.captured o1']);
  assert.equal((await fixture.provider.readLedger()).length, 1);
});

test('payments: a row of an older version is charged, published and unwound', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.approved);
  await fixture.database.execute(
    `insert into payments (order_id, state, goal, amount, token) values ('o1', 'requested', 'charge', 1999, $1)`,
    [card.token],
  );
  await fixture.send('charge', 'o1', card);
  await fixture.database.execute('update payments set customer = null, card = null');
  await fixture.send('charge', 'o1', card);
  await fixture.send('unwind-payment', 'o1', card);
  assert.deepEqual(await fixture.publishedTypes(), [
    'payment.captured o1',
    'payment.captured o1',
    'payment.refunded o1',
  ]);
});

test('log: lines name the order and contain no token and no personal data', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.approved);
  await fixture.send('charge', 'o1', card);
  await assert.rejects(fixture.send('charge', 'o1', card, 'e', { total: eur(1) }));
  const lines = fixture.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    lines.filter(({ event }) => event === 'payment-changed').map(({ orderId, state }) => [orderId, state]),
    [
      ['o1', 'authorized'],
      ['o1', 'captured'],
    ],
  );
  for (const secret of [card.token, 'tok_', 'a@example.org', 'Quay 1', 'sk_test'])
    assert.ok(!fixture.lines.join('').includes(secret), secret);
});

test(
  'checkInvariants: a payment that changes while the ledger is read is skipped until the next check',
  needsPostgres,
  async () => {
    await using fixture = await paymentFixture();
    const card = await fixture.provider.tokenize(testCards.approved);
    await fixture.send('charge', 'o1', card);
    const during = {
      async readLedger() {
        await fixture.send('charge', 'o2', card);
        await fixture.send('unwind-payment', 'o1', card);
        return fixture.client.readLedger();
      },
    };
    assert.deepEqual(await checkInvariants(fixture.database, during), { ok: true, problems: [] });
    assert.deepEqual(await checkInvariants(fixture.database, fixture.client), { ok: true, problems: [] });
    await fixture.provider.database.execute(`update authorizations set refunded = 0, status = 'captured'`);
    assert.equal((await checkInvariants(fixture.database, fixture.client)).problems.length, 1);
  },
);
