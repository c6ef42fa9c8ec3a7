import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insideView } from './inside-view.ts';
import type { StreamedActivity } from './inside-view.ts';

const span = (spanId: string, startedAt: number, parentSpanId?: string, appId = 'order'): StreamedActivity => ({
  spanId,
  startedAt,
  parentSpanId,
  appId,
  traceId: 't',
  kind: 'publish',
  name: spanId,
  durationMs: 1,
  outcome: 'ok',
  attributes: {},
});
const orderOf = (...spans: StreamedActivity[]): string =>
  insideView('o', 't', spans)
    .activities.map(({ spanId }) => spanId)
    .join(' ');

test('insideView: a parent is before its children, siblings are sorted by time', () => {
  const spans = [span('late', 9, 'root'), span('grandchild', 3, 'early'), span('root', 1), span('early', 2, 'root')];
  assert.equal(orderOf(...spans), 'root early grandchild late');
});

test('insideView: clock skew does not put a child before its parent', () => {
  assert.equal(orderOf(span('child', 1, 'parent'), span('parent', 5)), 'parent child');
});

test('insideView: an activity without its parent is sorted by time among the roots', () => {
  const spans = [
    span('lost', 4, 'missing'),
    span('root', 1, 'browser'),
    span('child', 9, 'root'),
    span('found', 6, 'lost too'),
  ];
  assert.equal(orderOf(...spans), 'root child lost found');
});

test('insideView: a repeated span is shown once, and a cycle of parents ends', () => {
  assert.equal(orderOf(span('a', 1), span('a', 1)), 'a');
  assert.equal(orderOf(span('a', 1, 'b'), span('b', 2, 'a')), 'a b');
});

test('insideView: apps are in order of first appearance, and no internal member is shown', () => {
  const view = insideView('o', 't', [span('b', 2, 'a', 'cart'), span('a', 1, undefined, 'storefront')]);
  assert.deepEqual(view.apps, ['storefront', 'cart']);
  assert.ok(view.activities.every((activity) => !('traceId' in activity) && !('seq' in activity)));
});
