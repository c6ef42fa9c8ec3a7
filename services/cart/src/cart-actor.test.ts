import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Product } from '@tidewater/contracts/catalog.ts';
import type { Events } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import type { CartView, CheckoutRequest } from '@tidewater/contracts/storefront.ts';
import { ProblemError } from '@outrigger/sdk';
import { testActor } from '@outrigger/sdk/testing';
import { cartActor } from './cart-actor.ts';
import type { Catalog } from './catalog.ts';

const product = (id: string, cents: number): Product => ({
  id,
  name: `The ${id}`,
  brand: 'Skerry',
  category: 'kayaks',
  price: eur(cents),
  description: '',
  specs: [],
  note: '',
  weightGrams: 100,
  picture: { shape: id, hue: 1, variant: 1 },
  alt: '',
  available: 5,
});

function open() {
  const shelf = new Map([product('kayak', 89_900), product('rope', 1_950)].map((one) => [one.id, one]));
  const catalog: Catalog = {
    products: async (ids) => ids.flatMap((id) => shelf.get(id) ?? []),
    product: async (id) => shelf.get(id),
  };
  const reprice = (id: string, cents: number): void => void shelf.set(id, product(id, cents));
  return { cart: testActor(cartActor(catalog), { id: 'ann' }), shelf, reprice };
}

const request = (expected: number): CheckoutRequest => ({
  contact: { name: 'Ann', email: 'ann@example.test' },
  address: { street: 'Quay 1', postcode: '24103', city: 'Kiel', country: 'DE' },
  payment: { token: 'tok_1', brand: 'Visa', last4: '4242' },
  expectedTotal: eur(expected),
});

const checkout = (expected: number, key = 'k1') => ({ key, request: request(expected) });

const totals = ({ subtotal, delivery, total }: CartView): number[] => [subtotal.amount, delivery.amount, total.amount];

test('an empty cart costs nothing', async () => {
  const { cart } = open();
  const view = await cart.call.view();
  assert.deepEqual([view.lines, view.count, ...totals(view)], [[], 0, 0, 0, 0]);
  assert.equal(cart.saved, undefined, 'looking stores nothing');
});

test('lines are priced by the catalog, and delivery is added', async () => {
  const { cart } = open();
  const view = await cart.call.setLine({ productId: 'rope', quantity: 3 });
  assert.deepEqual(totals(view), [5_850, 490, 6_340]);
  assert.equal(view.lines[0]?.product.name, 'The rope');
});

test('delivery is free from 150 euros', async () => {
  const { cart, reprice } = open();
  reprice('rope', 14_999);
  assert.deepEqual(totals(await cart.call.setLine({ productId: 'rope', quantity: 1 })), [14_999, 490, 15_489]);
  const other = open();
  other.reprice('rope', 15_000);
  assert.deepEqual(totals(await other.cart.call.setLine({ productId: 'rope', quantity: 1 })), [15_000, 0, 15_000]);
});

test('a quantity of 0 removes the line, and removing what is not there is no error', async () => {
  const { cart } = open();
  await cart.call.setLine({ productId: 'rope', quantity: 3 });
  assert.deepEqual((await cart.call.setLine({ productId: 'rope', quantity: 0 })).lines, []);
  assert.deepEqual((await cart.call.setLine({ productId: 'rope', quantity: 0 })).lines, []);
});

test('an unknown product is refused and the cart stays as it was', async () => {
  const { cart } = open();
  await cart.call.setLine({ productId: 'rope', quantity: 1 });
  await assert.rejects(cart.call.setLine({ productId: 'moon', quantity: 1 }), { status: 404 });
  assert.equal((await cart.call.view()).count, 1);
});

test('a changed price is flagged, keeps being flagged, and counts once it is accepted', async () => {
  const { cart, reprice } = open();
  await cart.call.setLine({ productId: 'rope', quantity: 2 });
  reprice('rope', 2_100);
  const flagged = await cart.call.setLine({ productId: 'rope', quantity: 3 });
  assert.equal(flagged.pricesChanged, true);
  assert.deepEqual([flagged.lines[0]?.unitPrice.amount, flagged.lines[0]?.newPrice?.amount], [1_950, 2_100]);
  assert.equal(flagged.subtotal.amount, 5_850);
  const accepted = await cart.call.acceptPrices();
  assert.equal(accepted.pricesChanged, false);
  assert.equal(accepted.subtotal.amount, 6_300);
  assert.equal((await cart.call.view()).pricesChanged, false);
});

test('a product that is no longer sold leaves the cart', async () => {
  const { cart, shelf } = open();
  await cart.call.setLine({ productId: 'rope', quantity: 2 });
  await cart.call.setLine({ productId: 'kayak', quantity: 1 });
  shelf.delete('rope');
  assert.deepEqual(
    (await cart.call.view()).lines.map((line) => line.product.id),
    ['kayak'],
  );
});

test('a checkout empties the cart and tells of the order, in one turn', async () => {
  const { cart } = open();
  await cart.call.setLine({ productId: 'kayak', quantity: 2 });
  await cart.call.setLine({ productId: 'rope', quantity: 1 });
  const { orderId } = await cart.call.checkout(checkout(181_750));
  assert.match(orderId, /^TW-[2-9A-HJKMNP-Z]{8}$/);
  assert.equal((await cart.call.view()).count, 0);
  const [event, ...others] = cart.events;
  assert.ok(event && others.length === 0);
  assert.equal(`${event.topic}/${event.type}`, 'carts/cart.checked-out');
  const { order } = event.data as Events['cart.checked-out'];
  assert.equal(order.orderId, orderId);
  assert.equal(order.shopperId, 'ann');
  assert.equal(order.total.amount, 181_750);
  assert.deepEqual(order.lines[1], { productId: 'rope', name: 'The rope', quantity: 1, unitPrice: eur(1_950) });
});

test('the same idempotency key gives the same order and no second event', async () => {
  const { cart } = open();
  await cart.call.setLine({ productId: 'rope', quantity: 1 });
  const first = await cart.call.checkout(checkout(2_440));
  await cart.deactivate();
  assert.deepEqual(await cart.call.checkout(checkout(2_440)), first);
  assert.equal(cart.events.length, 1);
});

test('an empty cart cannot be checked out', async () => {
  const { cart } = open();
  await assert.rejects(cart.call.checkout(checkout(0)), { status: 400 });
});

test('a price that changed stops the checkout and shows the cart', async () => {
  const { cart, reprice } = open();
  await cart.call.setLine({ productId: 'rope', quantity: 1 });
  reprice('rope', 2_000);
  const refusal = await cart.call.checkout(checkout(2_440)).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(refusal instanceof ProblemError);
  assert.equal(refusal.problem.type, 'prices-changed');
  assert.equal((refusal.problem['cart'] as CartView).pricesChanged, true);
  assert.equal(cart.events.length, 0);
  assert.equal((await cart.call.view()).count, 1, 'the cart is kept');
});

test('a total other than the one seen stops the checkout', async () => {
  const { cart } = open();
  await cart.call.setLine({ productId: 'rope', quantity: 1 });
  await assert.rejects(cart.call.checkout(checkout(2_439)), { status: 409 });
  assert.equal(cart.events.length, 0);
});

test('a cart holds 50 different things at most', async () => {
  const { cart, shelf } = open();
  for (let n = 0; n < 51; n++) shelf.set(`p${n}`, product(`p${n}`, 100));
  for (let n = 0; n < 50; n++) await cart.call.setLine({ productId: `p${n}`, quantity: 1 });
  await assert.rejects(cart.call.setLine({ productId: 'p50', quantity: 1 }), { status: 400 });
});
