import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '@outrigger/sdk';
import { parseProductQuery } from './product-query.ts';

const parse = (query: string): ReturnType<typeof parseProductQuery> => parseProductQuery(new URLSearchParams(query));

function fieldsRefused(query: string): readonly string[] {
  try {
    parse(query);
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.status, 400);
    return (error.problem['errors'] as { field: string }[]).map(({ field }) => field);
  }
  return [];
}

test('a full query is read', () => {
  const query =
    'q=+kayak+&category=paddling&brand=Nordkai&brand=Skerry&min=1000&max=200000&stock=1&sort=-price&page=2&size=12';
  assert.deepEqual(parse(query), {
    q: 'kayak',
    category: 'paddling',
    brands: ['Nordkai', 'Skerry'],
    minPrice: 1000,
    maxPrice: 200000,
    inStock: true,
    sort: '-price',
    page: 2,
    size: 12,
  });
});

test('what is absent or empty does not filter', () => {
  const { q, category, brands, minPrice, inStock, page } = parse('q=&category=&brand=&min=&stock=0&utm_source=x');
  assert.deepEqual(
    [q, category, brands, minPrice, inStock, page],
    Array.from({ length: 6 }, () => undefined),
  );
});

test('values that cannot be meant are refused by name', () => {
  assert.deepEqual(fieldsRefused('min=-1'), ['min']);
  assert.deepEqual(fieldsRefused('max=1.5'), ['max']);
  assert.deepEqual(fieldsRefused('page=0'), ['page']);
  assert.deepEqual(fieldsRefused('size=61'), ['size']);
  assert.deepEqual(fieldsRefused('sort=colour&stock=yes'), ['sort', 'stock']);
  assert.deepEqual(fieldsRefused(`q=${'x'.repeat(201)}`), ['q']);
  assert.deepEqual(fieldsRefused('page=1e3'), ['page']);
});
