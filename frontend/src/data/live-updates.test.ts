import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { queryKeys, newerOrder, applyOrder, applyStock, withOrder } from './live-updates.ts';
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

test('newerOrder: an older version never replaces a newer one', () => {
  equal(newerOrder(order('o-1', 5), order('o-1', 2)).version, 5);
  equal(newerOrder(order('o-1', 5), order('o-1', 6)).version, 6);
});

test('withOrder: updates an order in the list and prepends a new one', () => {
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

test('applyOrder: a live order is in the cache before its page is opened', () => {
  const cache = new ResourceCache();
  applyOrder(cache, order('o-1', 3));
  deepEqual(cache.read(queryKeys.order('o-1')).data, order('o-1', 3));
});

test('applyStock: updates the product in every cached view and nothing else', () => {
  const cache = new ResourceCache();
  const products = [
    { id: 'a', available: 9 },
    { id: 'b', available: 9 },
  ];
  cache.set(queryKeys.products('q=a'), { products, total: 2 });
  cache.set(queryKeys.product('b'), { product: products[1], related: [products[0]] });
  cache.set(queryKeys.home, { picks: [products[1]] });
  const untouched = cache.read(queryKeys.home);
  applyStock(cache, { productId: 'a', available: 2 });
  deepEqual(cache.read(queryKeys.products('q=a')).data, {
    products: [{ id: 'a', available: 2 }, products[1]],
    total: 2,
  });
  deepEqual(cache.read(queryKeys.product('b')).data, { product: products[1], related: [{ id: 'a', available: 2 }] });
  equal(cache.read(queryKeys.home), untouched);
});

test('applyStock: updates the lines of the cart', () => {
  const cache = new ResourceCache();
  const line = { product: { id: 'a', available: 9 }, quantity: 3 };
  cache.set(queryKeys.cart, { lines: [line], version: 4 });
  applyStock(cache, { productId: 'a', available: 0 });
  deepEqual(cache.read(queryKeys.cart).data, {
    lines: [{ product: { id: 'a', available: 0 }, quantity: 3 }],
    version: 4,
  });
  const before = cache.read(queryKeys.cart).data;
  applyStock(cache, { productId: 'b', available: 0 });
  equal(cache.read(queryKeys.cart).data, before);
});

test('applyOrder: version 1 replaces the pending version 0', () => {
  const cache = new ResourceCache();
  cache.set(queryKeys.order('o-1'), order('o-1', 0));
  applyOrder(cache, order('o-1', 1));
  equal((cache.read(queryKeys.order('o-1')).data as OrderView).version, 1);
});
