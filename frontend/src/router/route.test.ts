import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { hrefOf, readRoute } from './route.ts';
import type { Route } from './route.ts';

const routes: readonly Route[] = [
  { page: 'home' },
  { page: 'shop', search: '' },
  { page: 'shop', search: 'q=dry+bag&brand=Halyard+%26+Sons' },
  { page: 'product', productId: 'skerry 14/ä' },
  { page: 'cart' },
  { page: 'checkout' },
  { page: 'orders' },
  { page: 'order', orderId: 'o-1' },
  { page: 'inside', orderId: 'o-1' },
  { page: 'not-found', path: '/harbour' },
];

for (const route of routes) {
  test(`${hrefOf(route)} leads back to its own route`, () => {
    const url = new URL(hrefOf(route), 'http://shop.test');
    deepEqual(readRoute(url.pathname, url.search), route);
  });
}

test('readRoute: /products without an id is the shop', () => {
  deepEqual(readRoute('/products'), { page: 'shop', search: '' });
  deepEqual(readRoute('/products/', '?q=rope'), { page: 'shop', search: 'q=rope' });
});

test('readRoute: ignores a trailing slash', () => {
  deepEqual(readRoute('/orders/o-1/'), { page: 'order', orderId: 'o-1' });
});

test('readRoute: unknown and malformed paths are not-found', () => {
  for (const path of ['/shop/kayaks', '/products/%zz', '/orders/1/2', '/orders/1/inside/out', '/cart/1', '/x']) {
    equal(readRoute(path).page, 'not-found', path);
  }
});
