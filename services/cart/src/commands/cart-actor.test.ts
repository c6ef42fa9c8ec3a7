import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { openCart, sampleProduct } from '../testing.ts';

const totals = ({ subtotal, delivery, total }: CartView): number[] => [subtotal.amount, delivery.amount, total.amount];

test('cart: an empty one costs nothing, and a view stores nothing', async () => {
  const { cart } = openCart();
  const view = await cart.call.view();
  assert.deepEqual([view.lines, view.count, view.version, ...totals(view)], [[], 0, 0, 0, 0, 0]);
  assert.equal(cart.saved, undefined);
});

test('cart: lines are priced by the catalog, and delivery is added', async () => {
  const { cart } = openCart();
  const view = await cart.call.setLine({ productId: 'rope', quantity: 3 });
  assert.deepEqual(totals(view), [5_850, 490, 6_340]);
  assert.equal(view.lines[0]?.product.name, 'The rope');
});

test('cart: delivery is free from 150 euros', async () => {
  const { cart, reprice } = openCart();
  reprice('rope', 14_999);
  assert.deepEqual(totals(await cart.call.setLine({ productId: 'rope', quantity: 1 })), [14_999, 490, 15_489]);
  const other = openCart();
  other.reprice('rope', 15_000);
  assert.deepEqual(totals(await other.cart.call.setLine({ productId: 'rope', quantity: 1 })), [15_000, 0, 15_000]);
});

test('setLine: a quantity of 0 removes the line, and removing an absent line is no error', async () => {
  const { cart } = openCart();
  await cart.call.setLine({ productId: 'rope', quantity: 3 });
  assert.deepEqual((await cart.call.setLine({ productId: 'rope', quantity: 0 })).lines, []);
  assert.deepEqual((await cart.call.setLine({ productId: 'rope', quantity: 0 })).lines, []);
});

test('setLine: an unknown product is 404 and the cart is unchanged', async () => {
  const { cart } = openCart();
  await cart.call.setLine({ productId: 'rope', quantity: 1 });
  await assert.rejects(cart.call.setLine({ productId: 'moon', quantity: 1 }), { status: 404 });
  assert.equal((await cart.call.view()).count, 1);
});

const wrongLines: readonly unknown[] = [
  { productId: 'rope', quantity: -3 },
  { productId: 'rope', quantity: 1.5 },
  { productId: 'rope', quantity: 100 },
  { productId: '../x', quantity: 1 },
  { productId: 'rope\0', quantity: 1 },
  undefined,
];
for (const argument of wrongLines) {
  test(`setLine: ${JSON.stringify(argument)} is 400 in the actor too, and nothing is stored`, async () => {
    const { cart } = openCart();
    await assert.rejects(cart.call.setLine(argument as never), { status: 400 });
    assert.equal(cart.saved, undefined);
  });
}

test('setLine: a cart holds at most 50 products, worth a million euros', async () => {
  const { cart, products } = openCart();
  for (let n = 0; n < 51; n++) products.set(`p${n}`, sampleProduct(`p${n}`, 100));
  for (let n = 0; n < 50; n++) await cart.call.setLine({ productId: `p${n}`, quantity: 1 });
  await assert.rejects(cart.call.setLine({ productId: 'p50', quantity: 1 }), { status: 400 });
  products.set('p1', sampleProduct('p1', 2_000_000));
  await cart.call.setLine({ productId: 'p1', quantity: 0 });
  await assert.rejects(cart.call.setLine({ productId: 'p1', quantity: 51 }), {
    status: 400,
    message: /€1,000,000 at most/,
  });
  assert.equal((await cart.call.view()).count, 49);
});

test('acceptPrices: a changed price is flagged until it is accepted', async () => {
  const { cart, reprice } = openCart();
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

test('version: grows by one with each change, and with nothing else', async () => {
  const { cart, reprice } = openCart();
  const set = async (quantity: number): Promise<number> =>
    (await cart.call.setLine({ productId: 'rope', quantity })).version;
  assert.deepEqual([await set(0), await set(2), await set(2), await set(3)], [0, 1, 1, 2]);
  assert.equal((await cart.call.acceptPrices()).version, 2);
  reprice('rope', 2_100);
  assert.equal((await cart.call.view()).version, 2);
  assert.equal((await cart.call.acceptPrices()).version, 3);
  assert.equal(await set(0), 4);
});

test('unavailable: a product that is no longer sold is named, does not count, and can be removed', async () => {
  const { cart, products } = openCart();
  await cart.call.setLine({ productId: 'rope', quantity: 2 });
  await cart.call.setLine({ productId: 'kayak', quantity: 1 });
  products.delete('rope');
  const view = await cart.call.view();
  assert.deepEqual(view.unavailable, [{ productId: 'rope', name: 'The rope' }]);
  assert.deepEqual([view.count, view.total.amount], [1, 89_900]);
  assert.deepEqual((await cart.call.setLine({ productId: 'rope', quantity: 0 })).unavailable, []);
});

test('upgradeState: state of the first version loads, with lines without names and checkouts without state', async () => {
  const { cart } = openCart({
    lines: [
      { productId: 'rope', quantity: 2, seen: eur(1_950) },
      { productId: 'discontinued', quantity: 1, seen: eur(100) },
    ],
    checkouts: [{ key: 'old', orderId: 'TW-22222222' }],
  });
  const view = await cart.call.view();
  assert.deepEqual([view.version, view.count, view.unavailable.length], [0, 2, 1]);
  assert.equal((await cart.call.setLine({ productId: 'rope', quantity: 3 })).version, 1);
  assert.deepEqual(await cart.call.checkoutBy({ reference: 'old' }), { orderId: 'TW-22222222', state: 'placed' });
});
