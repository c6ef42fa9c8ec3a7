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

test('a parent stands before its children, and those of one parent by time', () => {
  const spans = [span('late', 9, 'root'), span('grandchild', 3, 'early'), span('root', 1), span('early', 2, 'root')];
  assert.equal(orderOf(...spans), 'root early grandchild late');
});

test('a clock that runs ahead in another process does not put a child before its parent', () => {
  assert.equal(orderOf(span('child', 1, 'parent'), span('parent', 5)), 'parent child');
});

test('what has lost its parent stands after the beginning, by its time', () => {
  const spans = [
    span('lost', 4, 'gone'),
    span('root', 1, 'browser'),
    span('child', 9, 'root'),
    span('found', 6, 'gone too'),
  ];
  assert.equal(orderOf(...spans), 'root child lost found');
});

test('a span that was read twice is shown once, and spans that claim each other end', () => {
  assert.equal(orderOf(span('a', 1), span('a', 1)), 'a');
  assert.equal(orderOf(span('a', 1, 'b'), span('b', 2, 'a')), 'a b');
});

test('apps are named in the order in which they come in, and nothing internal is shown', () => {
  const view = insideView('o', 't', [span('b', 2, 'a', 'cart'), span('a', 1, undefined, 'storefront')]);
  assert.deepEqual(view.apps, ['storefront', 'cart']);
  assert.ok(view.activities.every((activity) => !('traceId' in activity) && !('seq' in activity)));
});
