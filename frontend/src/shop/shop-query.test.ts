import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { filterCount, readShopQuery, refine, writeShopQuery } from './shop-query.ts';

test('readShopQuery: reads what writeShopQuery wrote', () => {
  const query = {
    q: 'dry bag',
    category: 'paddling',
    brands: ['Halyard & Sons', 'Skerry'],
    min: 1000,
    max: 9900,
    isInStock: true,
    sort: '-price',
    page: 3,
  } as const;
  deepEqual(readShopQuery(writeShopQuery(query)), query);
});

test('writeShopQuery: equal queries have the same query string', () => {
  equal(
    writeShopQuery(readShopQuery('brand=Skerry&q=rope&brand=Fathom&page=1&sort=relevance')),
    'q=rope&brand=Fathom&brand=Skerry',
  );
});

test('readShopQuery: ignores invalid parameters', () => {
  deepEqual(readShopQuery('q=+&category=&min=-4&max=cheap&page=0.5&sort=luck&stock=yes'), {});
});

test('refine: resets the page number', () => {
  deepEqual(refine({ q: 'rope', page: 4 }, { category: 'sailing' }), { q: 'rope', category: 'sailing' });
  deepEqual(refine({ category: 'sailing', page: 2 }, { category: undefined }), {});
});

test('filterCount: a price range counts as one filter', () => {
  equal(filterCount({ min: 100, max: 200, brands: ['a', 'b'], isInStock: true }), 4);
});

test('readShopQuery: values beyond the limits of the catalog are cut off or ignored', () => {
  deepEqual(readShopQuery('q=%00&category=a%2Fb&brand=%00'), {});
  deepEqual(readShopQuery('q=dry%00bag%E2%80%AE'), { q: 'dry bag' });
  equal(readShopQuery(`q=${'x'.repeat(5000)}`).q, 'x'.repeat(200));
  equal(readShopQuery(`q=${encodeURIComponent('👍'.repeat(300))}`).q, '👍'.repeat(200));
  equal(readShopQuery('page=99999').page, 1000);
  equal(readShopQuery(Array.from({ length: 60 }, (_, n) => `brand=b${n}`).join('&')).brands?.length, 50);
});
