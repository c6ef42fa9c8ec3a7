import assert from 'node:assert/strict';
import { test } from 'node:test';
import { celCompiler, celRouteMatcher } from './expressions.ts';

const event = {
  type: 'order.placed',
  source: 'shop',
  data: { total: 120, discount: 0.5, isGift: true, tags: ['new', 'big'], note: null, customer: { tier: 'gold' } },
};
const matches = (expression: string): boolean => celRouteMatcher()(expression)(event);

for (const expression of [
  'event.type == "order.placed"',
  "event.type != 'order.paid'",
  'event["source"] == "shop"',
  'event.data.total == 120',
  'event.data.total > 100 && event.data.discount < 1',
  'event.data.isGift',
  '"big" in event.data.tags',
  'size(event.data.tags) == 2',
  'event.data.tags.exists(tag, tag.startsWith("n"))',
  'event.type.matches("^order[.]p.*$")',
  'has(event.data.customer) && event.data.customer.tier == "gold"',
  '!has(event.data.coupon)',
  'event.data.note == null',
  'event.type in ["order.placed", "order.paid"]',
  'event.data.isGift || event.data.missing == 1',
])
  test(`route match: ${expression} matches`, () => assert.equal(matches(expression), true));

for (const expression of [
  'event.type == "other"',
  'has(event.subject)',
  'has(event.constructor)',
  'event.data.total < 5',
])
  test(`route match: ${expression} does not match`, () => assert.equal(matches(expression), false));

test('route match: a result that is not a boolean is an error', () => {
  assert.throws(() => matches('event.type'), /the result of match expression event\.type was not a boolean/);
  assert.throws(() => matches('1'), /was not a boolean/);
});

test('route match: a missing member is an error', () => {
  assert.throws(() => matches('event.data.missing == 1'), /missing/);
  assert.throws(() => matches('evnt.type == "a"'), /evnt/);
});

for (const expression of ['event.type ==', 'event.type = "a"', '"open', '1 + "a" == 2', 'nonsense(event)'])
  test(`route match: ${expression} is rejected when it is compiled`, () => {
    assert.throws(() => celRouteMatcher()(expression), {
      kind: { code: 'ERR_BAD_REQUEST', http: 400, grpc: 'InvalidArgument' },
    });
  });

test('circuit breaker: counts are integers', () => {
  const trip = celCompiler()('consecutiveFailures >= 3 && totalFailures * 2 > requests');
  assert.equal(trip({ consecutiveFailures: 3n, totalFailures: 3n, requests: 5n }), true);
  assert.equal(trip({ consecutiveFailures: 2n, totalFailures: 3n, requests: 5n }), false);
});
