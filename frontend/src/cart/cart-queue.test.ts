import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { testQueryClient } from '../data/query-client.testing.ts';
import { queryKeys } from '../data/query-keys.ts';
import { addedText, CartChangeQueue, addableQuantity } from './cart-queue.ts';

/** An API that holds quantities only. */
const fakeApi = () => {
  const quantities = new Map<string, number>();
  const requests: string[] = [];
  const view = (): CartView =>
    ({
      lines: [...quantities].map(([id, quantity]) => ({ product: { id }, quantity })),
      count: [...quantities.values()].reduce((sum, each) => sum + each, 0),
      subtotal: eur(0),
      delivery: eur(0),
      total: eur(0),
      pricesChanged: false,
    }) as unknown as CartView;
  return {
    requests,
    cart: () => Promise.resolve(view()),
    acceptPrices: () => Promise.resolve(view()),
    setQuantity: (id: string, quantity: number) => {
      requests.push(`${id}=${quantity}`);
      if (id === 'unknown') return Promise.reject(new Error('no such product'));
      quantities.set(id, quantity);
      return Promise.resolve(view());
    },
  };
};

test('CartChangeQueue: two concurrent additions add up', async (t) => {
  const api = fakeApi();
  const client = testQueryClient(t);
  const queue = new CartChangeQueue(api, client);
  await Promise.all([queue.add('rope', 1), queue.add('rope', 2)]);
  deepEqual(api.requests, ['rope=1', 'rope=3']);
  equal(client.getQueryData<CartView>(queryKeys.cart)?.count, 3);
});

test('CartChangeQueue: a line holds at most 99', async (t) => {
  const api = fakeApi();
  const queue = new CartChangeQueue(api, testQueryClient(t));
  equal(await queue.add('rope', 98), 98);
  equal(await queue.add('rope', 5), 1);
  equal(await queue.add('rope', 39), 0, 'the result is the number that was added');
  deepEqual(api.requests, ['rope=98', 'rope=99', 'rope=99']);
});

test('CartChangeQueue: adds no more than the given maximum and never lowers the quantity', async (t) => {
  const api = fakeApi();
  const queue = new CartChangeQueue(api, testQueryClient(t));
  equal(await queue.add('rope', 5, 3), 3);
  equal(await queue.add('rope', 1, 2), 0);
  deepEqual(api.requests, ['rope=3', 'rope=3']);
});

test('addedText: names what was added, or that nothing was', () => {
  equal(addedText(1), '1 thing added.');
  equal(addedText(2, 'Rope'), '2 × Rope added to the cart.');
  equal(addedText(0, 'Rope'), 'Nothing added: the cart holds all that can be ordered.');
});

test('addableQuantity: the stock minus the quantity in the cart, at most 99', async (t) => {
  const api = fakeApi();
  await new CartChangeQueue(api, testQueryClient(t)).add('rope', 39);
  const cart = await api.cart();
  equal(addableQuantity(undefined, { id: 'rope', available: 40 }), 40);
  equal(addableQuantity(cart, { id: 'rope', available: 40 }), 1);
  equal(addableQuantity(cart, { id: 'rope', available: 12 }), 0);
  equal(addableQuantity(cart, { id: 'rope', available: 500 }), 60);
  equal(addableQuantity(cart, { id: 'lamp', available: 500 }), 99);
});

test('CartChangeQueue: ensureQuantity is idempotent', async (t) => {
  const api = fakeApi();
  const queue = new CartChangeQueue(api, testQueryClient(t));
  await queue.add('rope', 3);
  await queue.ensureQuantity('rope', 2);
  await queue.ensureQuantity('lamp', 2);
  await queue.ensureQuantity('lamp', 2);
  deepEqual(api.requests, ['rope=3', 'rope=3', 'lamp=2', 'lamp=2']);
});

test('CartChangeQueue: a failed change rejects its promise and does not block the next', async (t) => {
  const api = fakeApi();
  const queue = new CartChangeQueue(api, testQueryClient(t));
  await rejects(queue.add('unknown', 1), /no such product/);
  equal(await queue.add('rope', 1), 1);
});
