import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { keyOf } from '../data/live-news.ts';
import { ResourceCache } from '../data/resource-cache.ts';
import { addedText, CartKeeper, roomFor } from './cart-keeper.ts';

/** A shop that keeps quantities and nothing else. */
const shop = () => {
  const quantities = new Map<string, number>();
  const asked: string[] = [];
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
    asked,
    cart: () => Promise.resolve(view()),
    acceptPrices: () => Promise.resolve(view()),
    setQuantity: (id: string, quantity: number) => {
      asked.push(`${id}=${quantity}`);
      if (id === 'gone') return Promise.reject(new Error('no such product'));
      quantities.set(id, quantity);
      return Promise.resolve(view());
    },
  };
};

test('two quick additions add up', async () => {
  const api = shop();
  const cache = new ResourceCache();
  const keeper = new CartKeeper(api, cache);
  await Promise.all([keeper.add('rope', 1), keeper.add('rope', 2)]);
  deepEqual(api.asked, ['rope=1', 'rope=3']);
  equal((cache.read(keyOf.cart).data as CartView).count, 3);
});

test('nobody can put more than 99 of one thing into the cart', async () => {
  const api = shop();
  const keeper = new CartKeeper(api, new ResourceCache());
  equal(await keeper.add('rope', 98), 98);
  equal(await keeper.add('rope', 5), 1);
  equal(await keeper.add('rope', 39), 0, 'what is said to be added is what was added');
  deepEqual(api.asked, ['rope=98', 'rope=99', 'rope=99']);
});

test('cart keeper: no more are added than there are, and nothing is taken away', async () => {
  const api = shop();
  const keeper = new CartKeeper(api, new ResourceCache());
  equal(await keeper.add('rope', 5, 3), 3);
  equal(await keeper.add('rope', 1, 2), 0);
  deepEqual(api.asked, ['rope=3', 'rope=3']);
});

test('addedText: says what was added, and when it was nothing', () => {
  equal(addedText(1), '1 thing added.');
  equal(addedText(2, 'Rope'), '2 × Rope added to the cart.');
  equal(addedText(0, 'Rope'), 'Nothing added: the cart holds all that can be ordered.');
});

test('roomFor: the stock without what is in the cart, and 99 of one product at most', async () => {
  const api = shop();
  await new CartKeeper(api, new ResourceCache()).add('rope', 39);
  const cart = await api.cart();
  equal(roomFor(undefined, { id: 'rope', available: 40 }), 40);
  equal(roomFor(cart, { id: 'rope', available: 40 }), 1);
  equal(roomFor(cart, { id: 'rope', available: 12 }), 0);
  equal(roomFor(cart, { id: 'rope', available: 500 }), 60);
  equal(roomFor(cart, { id: 'lamp', available: 500 }), 99);
});

test('cart keeper: what was put back already is not doubled', async () => {
  const api = shop();
  const keeper = new CartKeeper(api, new ResourceCache());
  await keeper.add('rope', 3);
  await keeper.addUpTo('rope', 2);
  await keeper.addUpTo('lamp', 2);
  await keeper.addUpTo('lamp', 2);
  deepEqual(api.asked, ['rope=3', 'rope=3', 'lamp=2', 'lamp=2']);
});

test('a refused change is told to its caller and does not block the next', async () => {
  const api = shop();
  const keeper = new CartKeeper(api, new ResourceCache());
  await rejects(keeper.add('gone', 1), /no such product/);
  equal(await keeper.add('rope', 1), 1);
});
