import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Events } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import { eventSchemas } from '@tidewater/contracts/schemas.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { ProblemError } from '@outrigger/sdk';
import { seededRandom } from '@outrigger/sdk/testing';
import { fingerprintOf } from './checkout.ts';
import { orderNumber } from './order-number.ts';
import { openCart, sampleCheckout, sampleProduct } from '../testing.ts';

async function openWithRope() {
  const open = openCart();
  await open.cart.call.setLine({ productId: 'rope', quantity: 1 });
  return open;
}

const checkout = (expected: number, { key = 'k1', version = 1 } = {}) => ({
  key,
  request: sampleCheckout(expected, version),
});

async function problemOf(work: Promise<unknown>): Promise<ProblemError['problem']> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof ProblemError);
  return error.problem;
}

test('log: a checkout is one line with its order, also when it is sent again', async () => {
  const { cart, lines } = await openWithRope();
  const { orderId } = await cart.call.checkout(checkout(2_440));
  await cart.call.checkout(checkout(2_440));
  assert.deepEqual(lines, [{ event: 'checkout-placed', orderId }]);
});

test('checkout: empties the cart and publishes the order in one turn', async () => {
  const { cart } = await openWithRope();
  await cart.call.setLine({ productId: 'kayak', quantity: 2 });
  const { orderId } = await cart.call.checkout(checkout(181_750, { version: 2 }));
  assert.match(orderId, /^TW-[2-9A-HJKMNP-Z]{10}$/);
  const view = await cart.call.view();
  assert.deepEqual([view.count, view.version], [0, 3]);
  const [event, ...others] = cart.events;
  assert.ok(event && others.length === 0);
  assert.equal(`${event.topic}/${event.type}`, 'carts/cart.checked-out');
  assert.ok(isValid(eventSchemas['cart.checked-out'], event.data));
  const { order } = event.data as Events['cart.checked-out'];
  assert.deepEqual([order.orderId, order.shopperId, order.total.amount], [orderId, 'ann', 181_750]);
  assert.match(order.checkoutId, /^[\da-f-]{36}$/);
  assert.deepEqual(order.lines[0], { productId: 'rope', name: 'The rope', quantity: 1, unitPrice: eur(1_950) });
});

test('checkout: the same key with the same request gives the same order and no second event', async () => {
  const { cart } = await openWithRope();
  const first = await cart.call.checkout(checkout(2_440));
  await cart.deactivate();
  const { contact, address, ...rest } = sampleCheckout(2_440, 1);
  const reordered = { ...rest, address, contact };
  assert.deepEqual(await cart.call.checkout({ key: 'k1', request: reordered }), first);
  assert.equal(cart.events.length, 1);
});

test('checkout: the same key with another request is 422 and changes nothing', async () => {
  const { cart } = await openWithRope();
  await cart.call.checkout(checkout(2_440));
  const request = { ...sampleCheckout(2_440, 1), contact: { name: 'Eve', email: 'eve@example.test' } };
  const problem = await problemOf(cart.call.checkout({ key: 'k1', request }));
  assert.deepEqual([problem.status, problem.type], [422, 'idempotency-key-reused']);
  assert.equal(cart.events.length, 1);
});

test('checkout: an empty cart is 400', async () => {
  const { cart } = openCart();
  await assert.rejects(cart.call.checkout(checkout(0, { version: 0 })), { status: 400 });
});

test('checkout: text that no store accepts is 400 in the actor too', async () => {
  const { cart } = await openWithRope();
  for (const name of ['A\0', 'A\ud800', 'A\u202e', '\n', '\u00ad\u200b']) {
    const request = { ...sampleCheckout(2_440, 1), contact: { name, email: 'ann@example.test' } };
    await assert.rejects(cart.call.checkout({ key: 'k', request }), { status: 400 });
  }
  assert.equal(cart.events.length, 0);
});

const conflicts: readonly {
  readonly description: string;
  readonly type: string;
  readonly detail: RegExp;
  readonly change: (open: Awaited<ReturnType<typeof openWithRope>>) => Promise<unknown> | void;
}[] = [
  {
    description: 'a changed price',
    type: 'prices-changed',
    detail: /price/,
    change: ({ reprice }) => reprice('rope', 2_000),
  },
  {
    description: 'the same total of other lines',
    type: 'cart-changed',
    detail: /changed since/,
    async change({ cart }) {
      await cart.call.setLine({ productId: 'rope', quantity: 2 });
      await cart.call.setLine({ productId: 'rope', quantity: 1 });
    },
  },
  {
    description: 'a product that is no longer sold',
    type: 'cart-changed',
    detail: /The rope is no longer sold/,
    change: ({ products }) => void products.delete('rope'),
  },
  {
    description: 'a product that is sold out',
    type: 'sold-out',
    detail: /The rope is sold out/,
    change: ({ products }) => void products.set('rope', sampleProduct('rope', 1_950, 0)),
  },
];
for (const { description, type, detail, change } of conflicts) {
  test(`checkout: ${description} is 409 ${type} with the unchanged cart`, async () => {
    const open = await openWithRope();
    await change(open);
    const problem = await problemOf(open.cart.call.checkout(checkout(2_440)));
    assert.deepEqual([problem.status, problem.type], [409, type]);
    assert.match(problem.detail, detail);
    const view = await open.cart.call.view();
    assert.deepEqual(problem['cart'] as CartView, view);
    assert.equal(view.lines.length + view.unavailable.length, 1);
    assert.equal(open.cart.events.length, 0);
  });
}

test('checkout: a total other than the one seen is 409 cart-changed', async () => {
  const { cart } = await openWithRope();
  assert.equal((await problemOf(cart.call.checkout(checkout(2_439)))).type, 'cart-changed');
});

test('checkout: more than the stock is 409 sold-out with the available quantity', async () => {
  const { cart, products } = openCart();
  products.set('rope', sampleProduct('rope', 1_950, 2));
  await cart.call.setLine({ productId: 'rope', quantity: 3 });
  const problem = await problemOf(cart.call.checkout(checkout(6_340)));
  assert.match(problem.detail, /^Only 2 of The rope are in stock\./);
});

test('fingerprintOf: the order of members does not matter, each value does', () => {
  const request = sampleCheckout(100, 1);
  const { payment, ...rest } = request;
  assert.equal(fingerprintOf({ payment, ...rest }), fingerprintOf(request));
  assert.notEqual(fingerprintOf({ ...request, cartVersion: 2 }), fingerprintOf(request));
  assert.notEqual(fingerprintOf({ ...request, payment: { token: 'tok_2' } }), fingerprintOf(request));
});

test('orderNumber: ten of 31 characters, each equally likely', () => {
  const counts = new Map<string, number>();
  const random = seededRandom(7);
  for (let n = 0; n < 6_200; n++)
    for (const character of orderNumber(random).slice(3)) counts.set(character, (counts.get(character) ?? 0) + 1);
  assert.equal(counts.size, 31);
  // 2,000 each; five standard deviations are 220.
  for (const [character, count] of counts) assert.ok(Math.abs(count - 2_000) < 220, `${character}: ${count}`);
});
