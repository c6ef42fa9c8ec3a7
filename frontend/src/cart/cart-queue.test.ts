import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { queryKeys } from '../data/live-updates.ts';
import { ResourceCache } from '../data/resource-cache.ts';
import { addedText, CartQueue, addableQuantity } from './cart-queue.ts';

/** A shop that keeps quantities and nothing else. */
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
      if (id === 'gone') return Promise.reject(new Error('no such product'));
      quantities.set(id, quantity);
      return Promise.resolve(view());
    },
  };
};

test('two quick additions add up', async () => {
  const api = fakeApi();
  const cache = new ResourceCache();
  const queue = new CartQueue(api, cache);
  await Promise.all([queue.add('rope', 1), queue.add('rope', 2)]);
  deepEqual(api.requests, ['rope=1', 'rope=3']);
  equal((cache.read(queryKeys.cart).data as CartView).count, 3);
});

test('nobody can put more than 99 of one thing into the cart', async () => {
  const api = fakeApi();
  const queue = new CartQueue(api, new ResourceCache());
  equal(await queue.add('rope', 98), 98);
  equal(await queue.add('rope', 5), 1);
  equal(await queue.add('rope', 39), 0, 'what is said to be added is what was added');
  deepEqual(api.requests, ['rope=98', 'rope=99', 'rope=99']);
});

test('cart keeper: no more are added than there are, and nothing is taken away', async () => {
  const api = fakeApi();
  const queue = new CartQueue(api, new ResourceCache());
  equal(await queue.add('rope', 5, 3), 3);
  equal(await queue.add('rope', 1, 2), 0);
  deepEqual(api.requests, ['rope=3', 'rope=3']);
});

test('addedText: says what was added, and when it was nothing', () => {
  equal(addedText(1), '1 thing added.');
  equal(addedText(2, 'Rope'), '2 × Rope added to the cart.');
  equal(addedText(0, 'Rope'), 'Nothing added: the cart holds all that can be ordered.');
});

test('roomFor: the stock without what is in the cart, and 99 of one product at most', async () => {
  const api = fakeApi();
  await new CartQueue(api, new ResourceCache()).add('rope', 39);
  const cart = await api.cart();
  equal(addableQuantity(undefined, { id: 'rope', available: 40 }), 40);
  equal(addableQuantity(cart, { id: 'rope', available: 40 }), 1);
  equal(addableQuantity(cart, { id: 'rope', available: 12 }), 0);
  equal(addableQuantity(cart, { id: 'rope', available: 500 }), 60);
  equal(addableQuantity(cart, { id: 'lamp', available: 500 }), 99);
});

test('cart keeper: what was put back already is not doubled', async () => {
  const api = fakeApi();
  const queue = new CartQueue(api, new ResourceCache());
  await queue.add('rope', 3);
  await queue.ensureQuantity('rope', 2);
  await queue.ensureQuantity('lamp', 2);
  await queue.ensureQuantity('lamp', 2);
  deepEqual(api.requests, ['rope=3', 'rope=3', 'lamp=2', 'lamp=2']);
});

test('a refused change is told to its caller and does not block the next', async () => {
  const api = fakeApi();
  const queue = new CartQueue(api, new ResourceCache());
  await rejects(queue.add('gone', 1), /no such product/);
  equal(await queue.add('rope', 1), 1);
});
