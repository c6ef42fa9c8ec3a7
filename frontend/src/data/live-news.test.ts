import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { keyOf, newerOrder, tellOrder, tellStock, withOrder } from './live-news.ts';
import { ResourceCache } from './resource-cache.ts';

const order = (orderId: string, version: number): OrderView => ({
  orderId,
  version,
  status: version > 4 ? 'paid' : 'submitted',
  placedAt: '2026-11-22T12:00:00Z',
  total: eur(1000),
  itemCount: 1,
  lines: [],
  delivery: eur(0),
  contact: { name: 'Ada', email: 'ada@shore.test' },
  address: { street: 'Quay 1', postcode: '1000', city: 'Haven', country: 'NL' },
  payment: { brand: 'visa', last4: '4242' },
  steps: [],
  canCancel: true,
});

test('news that was overtaken does not turn an order back', () => {
  equal(newerOrder(order('o-1', 5), order('o-1', 2)).version, 5);
  equal(newerOrder(order('o-1', 5), order('o-1', 6)).version, 6);
});

test('an order in the list is updated at its place, a new one comes in front', () => {
  const list = withOrder(withOrder([], order('o-1', 1)), order('o-2', 1));
  deepEqual(
    list.map((each) => each.orderId),
    ['o-2', 'o-1'],
  );
  deepEqual(
    withOrder(list, order('o-1', 5)).map((each) => each.status),
    ['submitted', 'paid'],
  );
});

test('an order heard of live is there when its page opens', () => {
  const cache = new ResourceCache();
  tellOrder(cache, order('o-1', 3));
  deepEqual(cache.read(keyOf.order('o-1')).data, order('o-1', 3));
});

test('stock news corrects the product wherever it is shown and nothing else', () => {
  const cache = new ResourceCache();
  const products = [
    { id: 'a', available: 9 },
    { id: 'b', available: 9 },
  ];
  cache.set(keyOf.products('q=a'), { products, total: 2 });
  cache.set(keyOf.product('b'), { product: products[1], related: [products[0]] });
  cache.set(keyOf.home, { picks: [products[1]] });
  const untouched = cache.read(keyOf.home);
  tellStock(cache, { productId: 'a', available: 2 });
  deepEqual(cache.read(keyOf.products('q=a')).data, { products: [{ id: 'a', available: 2 }, products[1]], total: 2 });
  deepEqual(cache.read(keyOf.product('b')).data, { product: products[1], related: [{ id: 'a', available: 2 }] });
  equal(cache.read(keyOf.home), untouched);
});

test('stock news reaches the lines of the cart, so that a page knows what is sold out', () => {
  const cache = new ResourceCache();
  const line = { product: { id: 'a', available: 9 }, quantity: 3 };
  cache.set(keyOf.cart, { lines: [line], version: 4 });
  tellStock(cache, { productId: 'a', available: 0 });
  deepEqual(cache.read(keyOf.cart).data, {
    lines: [{ product: { id: 'a', available: 0 }, quantity: 3 }],
    version: 4,
  });
  const before = cache.read(keyOf.cart).data;
  tellStock(cache, { productId: 'b', available: 0 });
  equal(cache.read(keyOf.cart).data, before);
});

test('an order on its way becomes the order when its first version is told', () => {
  const cache = new ResourceCache();
  cache.set(keyOf.order('o-1'), order('o-1', 0));
  tellOrder(cache, order('o-1', 1));
  equal((cache.read(keyOf.order('o-1')).data as OrderView).version, 1);
});
