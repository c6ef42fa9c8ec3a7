import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picks, seedCategories } from './seed-categories.ts';

const products = seedCategories.flatMap((category) => category.products);
const sentences = (text: string): number => text.match(/[.?!](\s|$)/g)?.length ?? 0;

test('seed: at least 64 products in 8 categories of 6 brands', () => {
  assert.ok(products.length >= 64, `${products.length} products`);
  assert.ok(seedCategories.length >= 8);
  assert.equal(new Set(products.map(({ brand }) => brand)).size, 6);
});

test('seed: each product has a unique id, description and alternative text', () => {
  for (const texts of [products.map((p) => p.id), products.map((p) => p.description), products.map((p) => p.alt)])
    assert.equal(new Set(texts).size, products.length);
  for (const { id } of products) assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
});

test('seed: each description is two sentences', () => {
  for (const { id, description } of products) assert.equal(sentences(description), 2, id);
});

test('seed: two products of one shape differ in variant or hue', () => {
  const drawings = products.map(({ picture }) => `${picture.shape} ${picture.hue} ${picture.variant}`);
  assert.equal(new Set(drawings).size, products.length);
});

test('seed: each category has one family of hues', () => {
  for (const category of seedCategories) {
    const hues = category.products.map(({ picture }) => picture.hue);
    assert.ok(Math.max(...hues) - Math.min(...hues) <= 26, `${category.id}: ${hues.join(', ')}`);
  }
});

test('seed: exactly one product has a stock of one and exactly one is sold out', () => {
  assert.deepEqual(
    products.filter(({ onHand }) => onHand === 1).map(({ id }) => id),
    ['dabchick-fly-rod'],
  );
  assert.deepEqual(
    products.filter(({ onHand }) => onHand === 0).map(({ id }) => id),
    ['lee-bow-clip-light'],
  );
});

test('seed: a product on sale has a higher previous price', () => {
  const onSale = products.filter(({ was }) => was !== undefined);
  assert.ok(onSale.length >= 6);
  for (const { id, was, price } of onSale) assert.ok((was ?? 0) > price, id);
});

test('seed: featured products exist', () => {
  for (const id of picks)
    assert.ok(
      products.some((product) => product.id === id),
      id,
    );
});
