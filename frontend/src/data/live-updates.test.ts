import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { applyOrder, applyStock, newerOrder, withOrder } from './live-updates.ts';
import { testQueryClient } from './query-client.testing.ts';
import { queryKeys } from './query-keys.ts';

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

test('applyOrder: a live order is in the cache before its page is opened', (t) => {
  const client = testQueryClient(t);
  applyOrder(client, order('o-1', 3));
  deepEqual(client.getQueryData(queryKeys.order('o-1')), order('o-1', 3));
});

test('applyStock: updates the product in every cached view and nothing else', (t) => {
  const client = testQueryClient(t);
  const products = [
    { id: 'a', available: 9 },
    { id: 'b', available: 9 },
  ];
  client.setQueryData(queryKeys.products('q=a'), { products, total: 2 });
  client.setQueryData(queryKeys.product('b'), { product: products[1], related: [products[0]] });
  client.setQueryData(queryKeys.home, { picks: [products[1]] });
  const untouched = client.getQueryData(queryKeys.home);
  applyStock(client, { productId: 'a', available: 2 });
  deepEqual(client.getQueryData(queryKeys.products('q=a')), {
    products: [{ id: 'a', available: 2 }, products[1]],
    total: 2,
  });
  deepEqual(client.getQueryData(queryKeys.product('b')), {
    product: products[1],
    related: [{ id: 'a', available: 2 }],
  });
  equal(client.getQueryData(queryKeys.home), untouched);
});

test('applyStock: updates the lines of the cart', (t) => {
  const client = testQueryClient(t);
  const line = { product: { id: 'a', available: 9 }, quantity: 3 };
  client.setQueryData(queryKeys.cart, { lines: [line], version: 4 });
  applyStock(client, { productId: 'a', available: 0 });
  deepEqual(client.getQueryData(queryKeys.cart), {
    lines: [{ product: { id: 'a', available: 0 }, quantity: 3 }],
    version: 4,
  });
  const before = client.getQueryData(queryKeys.cart);
  applyStock(client, { productId: 'b', available: 0 });
  equal(client.getQueryData(queryKeys.cart), before);
});

test('applyOrder: version 1 replaces the pending version 0', (t) => {
  const client = testQueryClient(t);
  client.setQueryData(queryKeys.order('o-1'), order('o-1', 0));
  applyOrder(client, order('o-1', 1));
  equal(client.getQueryData<OrderView>(queryKeys.order('o-1'))?.version, 1);
});
