import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { needsPostgres } from '@tidewater/kit/testing.ts';
import { ProviderUnavailableError } from '../clients/provider-client.ts';
import { paymentFixture } from '../testing.ts';

test('charge: is captured and published once, however often it is requested', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.approved);
  await fixture.send('charge', 'o1', card, 'same');
  await fixture.send('charge', 'o1', card, 'same');
  assert.deepEqual(await fixture.publishedTypes(), ['payment.captured o1']);
  await fixture.send('charge', 'o1', card, 'repeated');
  assert.deepEqual(await fixture.publishedTypes(), ['payment.captured o1']);
  assert.deepEqual(
    (await fixture.provider.readLedger()).map(({ captured }) => captured.amount),
    [1999],
  );
  assert.deepEqual(await fixture.invariants(), []);
});

test('charge: a declined card is payment.declined with its reason', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  await fixture.send('charge', 'o1', await fixture.provider.tokenize(testCards.insufficientFunds));
  await fixture.send('charge', 'o2', { token: 'tok_unknown' });
  assert.deepEqual(await fixture.publishedTypes(), ['payment.declined o1', 'payment.declined o2']);
});

test('unwind-payment: a captured charge is refunded', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.approved);
  await fixture.send('charge', 'o1', card);
  await fixture.send('unwind-payment', 'o1', card);
  await fixture.send('unwind-payment', 'o1', card);
  assert.deepEqual(await fixture.publishedTypes(), [
    'payment.captured o1',
    'payment.refunded o1',
    'payment.refunded o1',
  ]);
  assert.deepEqual(
    (await fixture.provider.readLedger()).map(({ refunded }) => refunded.amount),
    [1999],
  );
  assert.deepEqual(await fixture.invariants(), []);
});

test('charge: an order that was unwound first is never charged', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.approved);
  await fixture.send('unwind-payment', 'o1', card);
  await fixture.send('charge', 'o1', card);
  assert.deepEqual(await fixture.publishedTypes(), ['payment.voided o1', 'payment.voided o1']);
  assert.deepEqual(await fixture.provider.readLedger(), []);
});

test('charge: while the provider is down the event fails, and the next delivery continues', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.downThenUp);
  for (let i = 0; i < 3; i++)
    await assert.rejects(fixture.send('charge', 'o1', card, 'same'), ProviderUnavailableError);
  assert.deepEqual(await fixture.publishedTypes(), []);
  await fixture.send('charge', 'o1', card, 'same');
  assert.deepEqual(await fixture.publishedTypes(), ['payment.captured o1']);
});

test('unwind-payment: an order cancelled while the provider is down ends uncharged', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.downThenUp);
  await assert.rejects(fixture.send('charge', 'o1', card, 'charge'), ProviderUnavailableError);
  await assert.rejects(fixture.send('unwind-payment', 'o1', card, 'unwind'), ProviderUnavailableError);
  await assert.rejects(fixture.send('charge', 'o1', card, 'charge'), ProviderUnavailableError);
  await fixture.send('unwind-payment', 'o1', card, 'unwind');
  await fixture.send('charge', 'o1', card, 'charge');
  assert.deepEqual(
    (await fixture.provider.readLedger()).map(({ status }) => status),
    ['voided'],
  );
  assert.deepEqual(new Set(await fixture.publishedTypes()), new Set(['payment.voided o1']));
});

test('charge: provider responses that are lost at any step charge nobody twice', needsPostgres, async () => {
  const lost = new Set(['authorize', 'capture', 'refund']);
  const lose = async <T>(step: string, response: Promise<T>): Promise<T> => {
    await response;
    if (lost.delete(step)) throw new ProviderUnavailableError(`the response to ${step} was lost`);
    return response;
  };
  await using fixture = await paymentFixture((client) => ({
    readLedger: () => client.readLedger(),
    authorize: (request) => lose('authorize', client.authorize(request)),
    advance: (step, authorization) => lose(step, client.advance(step, authorization)),
  }));
  const card = await fixture.provider.tokenize(testCards.approved);
  await assert.rejects(fixture.send('charge', 'o1', card, 'charge'), ProviderUnavailableError);
  await assert.rejects(fixture.send('charge', 'o1', card, 'charge'), ProviderUnavailableError);
  await fixture.send('charge', 'o1', card, 'charge');
  await assert.rejects(fixture.send('unwind-payment', 'o1', card, 'unwind'), ProviderUnavailableError);
  await fixture.send('unwind-payment', 'o1', card, 'unwind');
  const ledger = await fixture.provider.readLedger();
  assert.deepEqual(
    ledger.map(({ captured, refunded }) => [captured.amount, refunded.amount]),
    [[1999, 1999]],
  );
  assert.deepEqual(await fixture.publishedTypes(), ['payment.captured o1', 'payment.refunded o1']);
});

test('unwind-payment: concurrent with a charge, each order ends with nothing captured', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.approved);
  const orders = Array.from({ length: 25 }, (_, i) => `o${i}`);
  await Promise.all(
    orders.flatMap((order) => [
      fixture.send('charge', order, card),
      fixture.send('charge', order, card),
      fixture.send('unwind-payment', order, card),
    ]),
  );
  const unbalanced = (await fixture.provider.readLedger()).filter(
    ({ captured, refunded }) => captured.amount !== refunded.amount,
  );
  assert.deepEqual(unbalanced, []);
  assert.deepEqual(await fixture.invariants(), []);
  const states = await fixture.database.query<{ state: string }>('select distinct state from payments');
  assert.ok(
    states.every(({ state }) => state === 'voided' || state === 'refunded'),
    JSON.stringify(states),
  );
});

test('charge: a late provider response does not overwrite a newer state', needsPostgres, async () => {
  const { promise: isWaiting, resolve: startWaiting } = Promise.withResolvers<void>();
  const { promise: isFree, resolve: free } = Promise.withResolvers<void>();
  let isFirst = true;
  await using fixture = await paymentFixture((client) => ({
    readLedger: () => client.readLedger(),
    advance: (step, authorization) => client.advance(step, authorization),
    async authorize(request) {
      const response = await client.authorize(request);
      if (isFirst) {
        isFirst = false;
        startWaiting();
        await isFree;
      }
      return response;
    },
  }));
  const card = await fixture.provider.tokenize(testCards.approved);
  const late = fixture.send('charge', 'o1', card);
  await isWaiting;
  await fixture.send('charge', 'o1', card);
  free();
  await late;
  assert.deepEqual(await fixture.publishedTypes(), ['payment.captured o1']);
  assert.deepEqual(await fixture.database.query('select state from payments'), [{ state: 'captured' }]);
});

test('payment events: none carries the card token', needsPostgres, async () => {
  await using fixture = await paymentFixture();
  const card = await fixture.provider.tokenize(testCards.declined);
  await fixture.send('charge', 'o1', card);
  await fixture.publishedTypes();
  const sent = fixture.transport.requests.filter(({ path }) => path.includes('/publish/'));
  assert.equal(sent.length, 1);
  assert.ok(!JSON.stringify(sent).includes(card.token));
});
