import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaprError } from '@outrigger/sdk';
import type { Events } from '@tidewater/contracts/events.ts';
import type { Submission } from '../clients/order-client.ts';
import { openCart, sampleCheckout } from '../testing.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
type Open = ReturnType<typeof openCart>;

async function checkOut({ cart }: Open, key = 'k1'): Promise<string> {
  const { version, total } = await cart.call.setLine({ productId: 'rope', quantity: 1 });
  return (await cart.call.checkout({ key, request: sampleCheckout(total.amount, version) })).orderId;
}

const published = ({ cart }: Open): string[] =>
  cart.events.map(({ data }) => (data as Events['cart.checked-out']).order.orderId);

const unavailable = (): never => {
  throw new DaprError(503, 'ERR_SIDECAR_UNREACHABLE', 'no response');
};

test('confirm: an order that exists is queried once, and personal data is removed', async () => {
  const open = openCart();
  const orderId = await checkOut(open);
  assert.match(JSON.stringify(open.cart.saved), /ann@example\.test/);
  await open.cart.advance(15_000);
  assert.equal(open.queries.length, 1);
  assert.deepEqual(open.cart.reminders, []);
  assert.doesNotMatch(JSON.stringify(open.cart.saved), /ann@example\.test|Quay|tok_1/);
  assert.deepEqual(await open.cart.call.checkoutBy({ reference: 'k1' }), { orderId, state: 'placed' });
  await open.cart.advance(day);
  assert.deepEqual(published(open), [orderId]);
});

test('confirm: an order that does not exist is published again, under new event ids, until it does', async () => {
  const open = openCart();
  const orderId = await checkOut(open);
  open.order.submission = () => 'none';
  await open.cart.advance(15_000);
  await open.cart.deactivate();
  await open.cart.advance(30_000 + 60_000);
  assert.deepEqual(published(open), [orderId, orderId, orderId, orderId]);
  assert.equal(new Set(open.cart.events.map(({ id }) => id)).size, 4);
  assert.equal(new Set(open.cart.events.map(({ data }) => JSON.stringify(data))).size, 1, 'the same order each time');
  open.order.submission = () => 'yours';
  await open.cart.advance(day);
  assert.equal(published(open).length, 4);
  assert.equal((await open.cart.call.checkoutBy({ reference: orderId })).state, 'placed');
});

test('confirm: nothing is published while the order service does not respond', async () => {
  const open = openCart();
  open.order.submission = unavailable;
  await checkOut(open);
  await open.cart.advance(60 * minute);
  assert.equal(published(open).length, 1);
  assert.ok(open.queries.length >= 10 && open.queries.length <= 14, `${open.queries.length} queries in an hour`);
  open.order.submission = () => 'none';
  await open.cart.advance(10 * minute);
  assert.equal(published(open).length, 2);
});

test('confirm: a taken order number is replaced, and both numbers find the checkout', async () => {
  const open = openCart();
  const old = await checkOut(open);
  open.order.submission = ({ orderId }) => (orderId === old ? 'taken' : 'yours');
  await open.cart.advance(15_000);
  const [, replacement] = published(open);
  assert.ok(replacement !== undefined && replacement !== old);
  for (const reference of ['k1', old, replacement])
    assert.equal((await open.cart.call.checkoutBy({ reference })).orderId, replacement);
  await open.cart.advance(day);
  assert.equal(published(open).length, 2);
  assert.equal((await open.cart.call.checkoutBy({ reference: old })).state, 'placed');
});

const neverConfirmed: readonly (readonly [what: string, submission: () => Submission])[] = [
  ['that never exists', () => 'none'],
  ['that nobody knows of', unavailable],
];
for (const [description, submission] of neverConfirmed) {
  test(`confirm: an order ${description} is abandoned after a day, with an error line and few repeats`, async () => {
    const open = openCart();
    open.order.submission = submission;
    const orderId = await checkOut(open);
    await open.cart.advance(3 * day);
    assert.ok(published(open).length < 160, `${published(open).length} events`);
    assert.deepEqual(open.cart.reminders, []);
    assert.deepEqual(
      open.errors.map(({ event, orderId: id }) => [event, id]),
      [['checkout-abandoned', orderId]],
    );
    assert.doesNotMatch(JSON.stringify(open.cart.saved), /ann@example\.test/);
    assert.deepEqual(await open.cart.call.checkoutBy({ reference: 'k1' }), { orderId, state: 'abandoned' });
  });
}

test('confirm: several checkouts follow their own times with one reminder', async () => {
  const open = openCart();
  open.order.submission = () => 'none';
  await checkOut(open, 'k1');
  await open.cart.advance(10_000);
  await checkOut(open, 'k2');
  assert.deepEqual(open.cart.reminders, ['confirm']);
  await open.cart.advance(30_000);
  open.order.submission = () => 'yours';
  await open.cart.advance(day);
  assert.deepEqual(open.cart.reminders, []);
  assert.equal(published(open).length, 4);
});

test('checkouts: the newest 20 closed ones are stored, every pending one, and at most 10 are pending', async () => {
  const open = openCart();
  open.order.submission = unavailable;
  const pending = await checkOut(open, 'pending');
  open.order.submission = ({ orderId }) => (orderId === pending ? 'none' : 'yours');
  for (let n = 0; n < 25; n++) {
    await checkOut(open, `k${n}`);
    await open.cart.advance(11 * minute);
  }
  const state = async (reference: string): Promise<string> =>
    open.cart.call.checkoutBy({ reference }).then(
      (checkout) => checkout.state,
      () => 'unknown',
    );
  assert.deepEqual(
    [await state('pending'), await state('k4'), await state('k5'), await state('k24')],
    ['pending', 'unknown', 'placed', 'placed'],
  );
  open.order.submission = unavailable;
  for (let n = 0; n < 9; n++) await checkOut(open, `p${n}`);
  await assert.rejects(checkOut(open, 'p9'), { status: 429 });
});

test('checkoutBy: a pending checkout is shown without the card token', async () => {
  const open = openCart();
  const orderId = await checkOut(open);
  const { state, request } = await open.cart.call.checkoutBy({ reference: orderId });
  assert.equal(state, 'pending');
  assert.equal(request?.contact.name, 'Ann');
  assert.equal(request.placedAt, '2026-01-01T00:00:00.000Z');
  assert.doesNotMatch(JSON.stringify(request), /tok_/);
  await assert.rejects(open.cart.call.checkoutBy({ reference: 'other' }), { status: 404 });
});
