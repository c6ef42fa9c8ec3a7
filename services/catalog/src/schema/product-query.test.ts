import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '@tidewater/kit/schema.ts';
import { productQueryOf, productQuerystring } from './product-query.ts';
import type { ProductQuerystring } from './product-query.ts';

/** As fastify parses it: a parameter that is repeated is a list. */
function parametersOf(query: string): Record<string, unknown> {
  const search = new URLSearchParams(query);
  return Object.fromEntries(
    [...new Set(search.keys())].map((name) => {
      const values = search.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

const read = (query: string) => check(productQuerystring, parametersOf(query), { coerce: true });
const invalidFields = (query: string): readonly string[] => read(query).errors?.map(({ field }) => field) ?? [];

function parse(query: string): ReturnType<typeof productQueryOf> {
  const { value, errors } = read(query);
  assert.equal(errors, undefined);
  return productQueryOf(value as ProductQuerystring);
}

test('product query: a full query is read', () => {
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

test('product query: absent, empty and unknown parameters do not filter', () => {
  const { q, category, brands, minPrice, inStock, sort, page } = parse(
    'q=&category=&brand=&min=&stock=0&sort=&utm_source=x&utm_source=y&constructor=z',
  );
  assert.deepEqual(
    [q, category, brands, minPrice, inStock, sort, page],
    Array.from({ length: 7 }, () => undefined),
  );
});

test('product query: numbers out of range, or no integers, are rejected by name', () => {
  for (const [query, field] of [
    ['min=-1', 'min'],
    ['max=1.5', 'max'],
    ['max=9999999999', 'max'],
    ['page=0', 'page'],
    ['page=1001', 'page'],
    ['page=1e3', 'page'],
    ['page=0x10', 'page'],
    ['page=%EF%BC%91', 'page'],
    ['size=61', 'size'],
    ['size=0', 'size'],
  ] as const)
    assert.deepEqual(invalidFields(query), [field], query);
});

test('product query: the last page of the largest size is within bounds', () => {
  const { page = 0, size = 0 } = parse('page=1000&size=60');
  assert.equal(page * size, 60_000);
});

test('product query: unknown enum values are rejected, and each field is named', () => {
  assert.deepEqual(new Set(invalidFields('sort=colour&stock=yes')), new Set(['sort', 'stock']));
});

test('product query: control characters, lone surrogates and over-long values are rejected by name', () => {
  const hostile = ['\0', 'a\0b', 'a\u0007', 'a\nb', '\ud800', 'x\udfff', '\u202eabc', 'a\u2028b', 'x'.repeat(201)];
  for (const value of hostile) {
    for (const field of ['q', 'category', 'sort', 'stock', 'min', 'ids']) {
      const { errors } = check(productQuerystring, { [field]: value }, { coerce: true });
      assert.equal(errors?.[0]?.field, field, JSON.stringify([field, value]));
    }
    for (const brand of [value, ['Nordkai', value]])
      assert.match(check(productQuerystring, { brand }, { coerce: true }).errors?.[0]?.field ?? '', /^brand/);
  }
});

test('product query: a parameter that is repeated is rejected, except brand', () => {
  for (const field of ['q', 'category', 'sort', 'stock', 'min', 'max', 'page', 'size', 'ids'])
    assert.deepEqual(new Set(invalidFields(`${field}=1&${field}=1`)), new Set([field]));
  assert.deepEqual(invalidFields(Array.from({ length: 51 }, () => 'brand=x').join('&')), ['brand']);
});

test('product query: ids are 1 to 200 ids', () => {
  assert.deepEqual(invalidFields('ids=a,b-c,d_1'), []);
  for (const ids of ['a,,b', 'a,', 'a b', 'a/b', '..', Array.from({ length: 201 }, () => 'a').join(',')])
    assert.deepEqual(invalidFields(`ids=${encodeURIComponent(ids)}`), ['ids'], ids);
});
