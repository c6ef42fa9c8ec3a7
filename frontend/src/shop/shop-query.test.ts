import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { filterCount, readShopQuery, refine, writeShopQuery } from './shop-query.ts';

test('a full query survives its address', () => {
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

test('equal queries have one address', () => {
  equal(
    writeShopQuery(readShopQuery('brand=Skerry&q=rope&brand=Fathom&page=1&sort=relevance')),
    'q=rope&brand=Fathom&brand=Skerry',
  );
});

test('what makes no sense is left out', () => {
  deepEqual(readShopQuery('q=+&category=&min=-4&max=cheap&page=0.5&sort=luck&stock=yes'), {});
});

test('another filter begins at the first page', () => {
  deepEqual(refine({ q: 'rope', page: 4 }, { category: 'sailing' }), { q: 'rope', category: 'sailing' });
  deepEqual(refine({ category: 'sailing', page: 2 }, { category: undefined }), {});
});

test('a price range is one filter', () => {
  equal(filterCount({ min: 100, max: 200, brands: ['a', 'b'], isInStock: true }), 4);
});

test('an address that the catalog would refuse shows what it takes of it', () => {
  deepEqual(readShopQuery('q=%00&category=a%2Fb&brand=%00'), {});
  deepEqual(readShopQuery('q=dry%00bag%E2%80%AE'), { q: 'dry bag' });
  equal(readShopQuery(`q=${'x'.repeat(5000)}`).q, 'x'.repeat(200));
  equal(readShopQuery(`q=${encodeURIComponent('👍'.repeat(300))}`).q, '👍'.repeat(200));
  equal(readShopQuery('page=99999').page, 1000);
  equal(readShopQuery(Array.from({ length: 60 }, (_, n) => `brand=b${n}`).join('&')).brands?.length, 50);
});
