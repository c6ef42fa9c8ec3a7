import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@formatjs/icu-messageformat-parser';
import { app } from './en/app.ts';
import { cart } from './en/cart.ts';
import { checkout } from './en/checkout.ts';
import { inside } from './en/inside.ts';
import { order } from './en/order.ts';
import { problems } from './en/problems.ts';
import { shop } from './en/shop.ts';
import { messagesOf } from './messages.ts';

test('messagesOf: formats plurals and values, and returns plain texts unchanged', () => {
  const text = messagesOf(cart);
  equal(text('added.count', { count: 1 }), '1 thing added.');
  equal(text('added.count', { count: 2 }), '2 things added.');
  equal(text('shortage.sold-out'), 'Sold out');
});

test('messagesOf: accepts messages that the build has parsed', () => {
  const parsed = { hello: parse('Hello {name}') } as unknown as { hello: string };
  equal(messagesOf(parsed)('hello', { name: 'Ada' }), 'Hello Ada');
});

test('messages: every message is valid ICU syntax', () => {
  const catalogues = [app, cart, checkout, inside, order, problems, shop];
  for (const message of catalogues.flatMap((catalogue) => Object.values(catalogue))) parse(message);
});
