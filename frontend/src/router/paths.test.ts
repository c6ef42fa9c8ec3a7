import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { hrefs, routes } from './paths.ts';

const patternOf = (route: string) => new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+')}/?$`);
const pageOf = (path: string) => Object.entries(routes).find(([, route]) => patternOf(route).test(path))?.[0];

test('routes: every href belongs to its page', () => {
  deepEqual(
    [
      hrefs.home,
      hrefs.shop(),
      hrefs.product('skerry 14/ä'),
      hrefs.cart,
      hrefs.checkout,
      hrefs.orders,
      hrefs.order('o-1'),
      hrefs.inside('o-1'),
    ].map(pageOf),
    Object.keys(routes),
  );
});

test('routes: unknown paths belong to no page, and a trailing slash is ignored', () => {
  for (const path of ['/shop/kayaks', '/orders/1/2', '/orders/1/inside/out', '/cart/1', '/x'])
    equal(pageOf(path), undefined, path);
  equal(pageOf('/orders/o-1/'), 'order');
});

test('hrefs: a query is appended only when there is one', () => {
  equal(hrefs.shop('q=dry+bag'), '/shop?q=dry+bag');
  equal(hrefs.category('a&b'), '/shop?category=a%26b');
});
