import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InsideActivity } from '@tidewater/contracts/storefront.ts';
import { activitiesOf } from './order-activities.ts';

const span = (spanId: string, parentSpanId?: string, more: Partial<InsideActivity> = {}): InsideActivity => ({
  spanId,
  ...(parentSpanId !== undefined && { parentSpanId }),
  startedAt: 1,
  appId: 'order',
  kind: 'actor.turn',
  name: spanId,
  durationMs: 1,
  outcome: 'ok',
  attributes: {},
  ...more,
});
const spansOf = (orderId: string, trace: readonly InsideActivity[]): string =>
  activitiesOf(orderId, trace)
    .map(({ spanId }) => spanId)
    .join(' ');

/** One request that two orders came from, as when two shoppers send the same trace. */
const twoOrders: readonly InsideActivity[] = [
  span('root', undefined, { input: '{"shopper":"both"}' }),
  span('ann-checkout', 'root', { input: '{"email":"ann@example.test"}', output: '{"orderId":"TW-ANN"}' }),
  span('ann-state', 'ann-checkout', { input: '{"street":"Quay 1"}' }),
  span('bob-checkout', 'root', { input: '{"email":"bob@example.test"}', output: '{"orderId":"TW-BOB"}' }),
  span('bob-state', 'bob-checkout', { input: '{"street":"Quay 2"}' }),
  span('ann-turn', 'bob-state', { name: 'order/TW-ANN/submit' }),
  span('ann-effect', 'ann-turn'),
  span('stranger', 'missing'),
];

test('activitiesOf: of two orders in one trace, each has its own activities with their causes and effects', () => {
  assert.equal(spansOf('TW-ANN', twoOrders), 'root ann-checkout ann-state ann-turn ann-effect');
  assert.equal(spansOf('TW-BOB', twoOrders), 'root bob-checkout bob-state');
  assert.doesNotMatch(JSON.stringify(activitiesOf('TW-ANN', twoOrders)), /bob@|BOB|Quay 2/);
  assert.doesNotMatch(JSON.stringify(activitiesOf('TW-BOB', twoOrders)), /ann@|TW-ANN|Quay 1/);
});

test('activitiesOf: a common cause is shown without its payloads', () => {
  const [root] = activitiesOf('TW-ANN', twoOrders);
  assert.deepEqual([root?.spanId, root?.input], ['root', undefined]);
});

test('activitiesOf: a payload that names another order is removed, the others remain', () => {
  const list = span('list', undefined, {
    name: 'GET order/orders',
    input: '{"orderId":"TW-ANN"}',
    output: '[{"orderId":"TW-ANN"},{"orderId":"TW-BOB"}]',
  });
  const [shown] = activitiesOf('TW-ANN', [list]);
  assert.deepEqual([shown?.input, shown?.output], ['{"orderId":"TW-ANN"}', undefined]);
});

test('activitiesOf: an activity that names another order outside of its payloads is left out', () => {
  const named: readonly Partial<InsideActivity>[] = [
    { name: 'order/TW-BOB/submit' },
    { attributes: { subject: 'TW-BOB' } },
    { error: { code: 'E', message: 'TW-BOB is not there' } },
  ];
  for (const more of named)
    assert.equal(spansOf('TW-ANN', [span('both', undefined, { output: 'TW-ANN', ...more })]), '');
});

test('activitiesOf: a longer number with the same prefix is another order, a part of an id is not', () => {
  assert.equal(spansOf('TW-1', [span('a', undefined, { name: 'order/TW-12/submit' })]), '');
  const event = span('a', undefined, { attributes: { 'event.id': 'TW-1-3', key: 'order||TW-1||state' } });
  assert.equal(spansOf('TW-1', [event]), 'a');
});

test('activitiesOf: a payload truncated within this order’s number names no other', () => {
  const cut = span('a', undefined, { name: 'order/TW-ANN23', input: '{"orderId":"TW-AN [12 more bytes]' });
  assert.equal(activitiesOf('TW-ANN23', [cut])[0]?.input, cut.input);
  const other = span('a', undefined, { name: 'order/TW-ANN23', input: '{"orderId":"TW-BO [12 more bytes]' });
  assert.equal(activitiesOf('TW-ANN23', [other])[0]?.input, undefined);
});

test('activitiesOf: a cycle of parents ends', () => {
  assert.equal(spansOf('TW-1', [span('a', 'b'), span('b', 'a', { name: 'TW-1' })]), 'a b');
});
