import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { needsPostgres } from '@tidewater/kit/testing.ts';
import { ProviderUnavailableError } from './provider-client.ts';
import { openOffice } from './testing.ts';

test('a charge is captured and told once, however often it is asked', needsPostgres, async () => {
  await using office = await openOffice();
  const card = await office.provider.tokenize(testCards.approved);
  await office.ask('charge', 'o1', card, 'same');
  await office.ask('charge', 'o1', card, 'same');
  assert.deepEqual(await office.told(), ['payment.captured o1']);
  await office.ask('charge', 'o1', card, 'asked anew');
  assert.deepEqual(await office.told(), ['payment.captured o1']);
  assert.deepEqual(
    (await office.provider.books()).map(({ captured }) => captured.amount),
    [1999],
  );
  assert.deepEqual(await office.invariants(), []);
});

test('a refused card is told with its reason', needsPostgres, async () => {
  await using office = await openOffice();
  await office.ask('charge', 'o1', await office.provider.tokenize(testCards.insufficientFunds));
  await office.ask('charge', 'o2', { token: 'tok_unknown' });
  assert.deepEqual(await office.told(), ['payment.declined o1', 'payment.declined o2']);
});

test('a charge is unwound by a refund', needsPostgres, async () => {
  await using office = await openOffice();
  const card = await office.provider.tokenize(testCards.approved);
  await office.ask('charge', 'o1', card);
  await office.ask('unwind-payment', 'o1', card);
  await office.ask('unwind-payment', 'o1', card);
  assert.deepEqual(await office.told(), ['payment.captured o1', 'payment.refunded o1', 'payment.refunded o1']);
  assert.deepEqual(
    (await office.provider.books()).map(({ refunded }) => refunded.amount),
    [1999],
  );
  assert.deepEqual(await office.invariants(), []);
});

test('an order that was unwound first is never charged', needsPostgres, async () => {
  await using office = await openOffice();
  const card = await office.provider.tokenize(testCards.approved);
  await office.ask('unwind-payment', 'o1', card);
  await office.ask('charge', 'o1', card);
  assert.deepEqual(await office.told(), ['payment.voided o1', 'payment.voided o1']);
  assert.deepEqual(await office.provider.books(), []);
});

test('while the provider is down the event fails, and the next delivery goes on', needsPostgres, async () => {
  await using office = await openOffice();
  const card = await office.provider.tokenize(testCards.downThenUp);
  for (let i = 0; i < 3; i++) await assert.rejects(office.ask('charge', 'o1', card, 'same'), ProviderUnavailableError);
  assert.deepEqual(await office.told(), []);
  await office.ask('charge', 'o1', card, 'same');
  assert.deepEqual(await office.told(), ['payment.captured o1']);
});

test('an order cancelled while the provider is down ends uncharged', needsPostgres, async () => {
  await using office = await openOffice();
  const card = await office.provider.tokenize(testCards.downThenUp);
  await assert.rejects(office.ask('charge', 'o1', card, 'charge'), ProviderUnavailableError);
  await assert.rejects(office.ask('unwind-payment', 'o1', card, 'unwind'), ProviderUnavailableError);
  await assert.rejects(office.ask('charge', 'o1', card, 'charge'), ProviderUnavailableError);
  await office.ask('unwind-payment', 'o1', card, 'unwind');
  await office.ask('charge', 'o1', card, 'charge');
  assert.deepEqual(
    (await office.provider.books()).map(({ status }) => status),
    ['voided'],
  );
  assert.deepEqual(new Set(await office.told()), new Set(['payment.voided o1']));
});

test('answers that are lost at any step charge nobody twice', needsPostgres, async () => {
  const lost = new Set(['authorize', 'capture', 'refund']);
  const lose = async <T>(step: string, answer: Promise<T>): Promise<T> => {
    await answer;
    if (lost.delete(step)) throw new ProviderUnavailableError(`the answer to ${step} was lost`);
    return answer;
  };
  await using office = await openOffice((client) => ({
    books: () => client.books(),
    authorize: (request) => lose('authorize', client.authorize(request)),
    advance: (step, authorization) => lose(step, client.advance(step, authorization)),
  }));
  const card = await office.provider.tokenize(testCards.approved);
  await assert.rejects(office.ask('charge', 'o1', card, 'charge'), ProviderUnavailableError);
  await assert.rejects(office.ask('charge', 'o1', card, 'charge'), ProviderUnavailableError);
  await office.ask('charge', 'o1', card, 'charge');
  await assert.rejects(office.ask('unwind-payment', 'o1', card, 'unwind'), ProviderUnavailableError);
  await office.ask('unwind-payment', 'o1', card, 'unwind');
  const books = await office.provider.books();
  assert.deepEqual(
    books.map(({ captured, refunded }) => [captured.amount, refunded.amount]),
    [[1999, 1999]],
  );
  assert.deepEqual(await office.told(), ['payment.captured o1', 'payment.refunded o1']);
});

test('charging and unwinding at once ends with nothing kept, for every order', needsPostgres, async () => {
  await using office = await openOffice();
  const card = await office.provider.tokenize(testCards.approved);
  const orders = Array.from({ length: 25 }, (_, i) => `o${i}`);
  await Promise.all(
    orders.flatMap((order) => [
      office.ask('charge', order, card),
      office.ask('charge', order, card),
      office.ask('unwind-payment', order, card),
    ]),
  );
  const kept = (await office.provider.books()).filter(({ captured, refunded }) => captured.amount !== refunded.amount);
  assert.deepEqual(kept, []);
  assert.deepEqual(await office.invariants(), []);
  const states = await office.database.query<{ state: string }>('select distinct state from payments');
  assert.ok(
    states.every(({ state }) => state === 'voided' || state === 'refunded'),
    JSON.stringify(states),
  );
});

test('an answer that comes late does not take back what was written since', needsPostgres, async () => {
  const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>();
  const { promise: isFree, resolve: free } = Promise.withResolvers<void>();
  let isFirst = true;
  await using office = await openOffice((client) => ({
    books: () => client.books(),
    advance: (step, authorization) => client.advance(step, authorization),
    async authorize(request) {
      const answer = await client.authorize(request);
      if (isFirst) {
        isFirst = false;
        hold();
        await isFree;
      }
      return answer;
    },
  }));
  const card = await office.provider.tokenize(testCards.approved);
  const late = office.ask('charge', 'o1', card);
  await isHeld;
  await office.ask('charge', 'o1', card);
  free();
  await late;
  assert.deepEqual(await office.told(), ['payment.captured o1']);
  assert.deepEqual(await office.database.query('select state from payments'), [{ state: 'captured' }]);
});

test('no event carries the token', needsPostgres, async () => {
  await using office = await openOffice();
  const card = await office.provider.tokenize(testCards.declined);
  await office.ask('charge', 'o1', card);
  await office.told();
  const sent = office.transport.requests.filter(({ path }) => path.includes('/publish/'));
  assert.equal(sent.length, 1);
  assert.ok(!JSON.stringify(sent).includes(card.token));
});
