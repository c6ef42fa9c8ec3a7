import { deepEqual, equal, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { keyOf } from '../data/live-news.ts';
import { ResourceCache } from '../data/resource-cache.ts';
import { CartKeeper } from './cart-keeper.ts';

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
  await keeper.add('rope', 98);
  await keeper.add('rope', 5);
  deepEqual(api.asked, ['rope=98', 'rope=99']);
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
  equal((await keeper.add('rope', 1)).count, 1);
});
