import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { InsideActivity } from '@tidewater/contracts/storefront.ts';
import { activityRows, shownRows, countBy } from './activity-rows.ts';
import { labelOf } from './activity-labels.ts';
import { payloadText } from './payload-text.ts';
import { timeAxis } from './time-axis.ts';

const activity = (
  spanId: string,
  parentSpanId: string | undefined,
  more: Partial<InsideActivity> = {},
): InsideActivity => ({
  spanId,
  ...(parentSpanId === undefined ? {} : { parentSpanId }),
  appId: 'order',
  kind: 'actor.turn',
  name: 'order/1',
  startedAt: 0,
  durationMs: 1,
  outcome: 'ok',
  attributes: {},
  ...more,
});

test('activityRows: the depth is that of the parent plus one; an unknown parent means 0', () => {
  const rows = activityRows([
    activity('a', undefined),
    activity('b', 'a'),
    activity('c', 'b'),
    activity('d', 'a'),
    activity('e', 'lost'),
  ]);
  deepEqual(
    rows.map((row) => row.depth),
    [0, 1, 2, 1, 0],
  );
});

test('activityRows: an activity that comes twice is one row', () => {
  const rows = activityRows([activity('a', undefined), activity('b', 'a'), activity('a', undefined)]);
  deepEqual(
    rows.map((row) => row.activity.spanId),
    ['a', 'b'],
  );
});

test('activityRows: a reminder starts a new section after everything that happened before it', () => {
  const rows = activityRows([
    activity('a', undefined, { startedAt: 0, durationMs: 10 }),
    activity('b', 'a', { kind: 'actor.commit', startedAt: 1 }),
    activity('late', 'b', { kind: 'reminder.fire', startedAt: 5000 }),
    activity('later', 'late', { startedAt: 5001 }),
    activity('c', 'a', { startedAt: 3 }),
  ]);
  deepEqual(
    rows.map((row) => [row.activity.spanId, row.depth, row.waited]),
    [
      ['a', 0, undefined],
      ['b', 1, undefined],
      ['c', 1, undefined],
      ['late', 0, { ms: 4998, after: 'Turn committed' }],
      ['later', 1, undefined],
    ],
  );
});

test('activityRows: clock skew does not move an effect before its cause', () => {
  const rows = activityRows([
    activity('a', undefined, { startedAt: 100 }),
    activity('fired', 'a', { kind: 'timer.fire', startedAt: 50 }),
  ]);
  deepEqual(
    rows.map((row) => row.activity.spanId),
    ['a', 'fired'],
  );
});

test('activityRows: the attempt is present from the second one on', () => {
  const rows = activityRows([
    activity('a', undefined, { attributes: { attempt: 1 } }),
    activity('b', undefined, { attributes: { attempt: 3 } }),
    activity('c', undefined, { attributes: { attempt: 'often' } }),
  ]);
  deepEqual(
    rows.map((row) => row.attempt),
    [undefined, 3, undefined],
  );
});

test('shownRows: filters by app and group together, and an empty filter shows all', () => {
  const rows = activityRows([
    activity('a', undefined),
    activity('b', 'a', { appId: 'cart' }),
    activity('c', 'a', { kind: 'publish' }),
  ]);
  const shownSpanIds = (apps: string[], groups: ('actor' | 'event')[]) =>
    shownRows(rows, { apps: new Set(apps), groups: new Set(groups) })
      .map((row) => row.activity.spanId)
      .join('');
  deepEqual(
    [
      shownSpanIds([], []),
      shownSpanIds(['order'], []),
      shownSpanIds(['order'], ['event']),
      shownSpanIds([], ['actor']),
    ],
    ['abc', 'ac', 'c', 'ab'],
  );
  deepEqual(
    [...countBy(rows, (row) => row.activity.appId)],
    [
      ['order', 2],
      ['cart', 1],
    ],
  );
});

test('labelOf: an unknown kind is its own label', () => {
  deepEqual(labelOf('workflow.step'), { group: 'other', label: 'workflow.step' });
});

test('timeAxis: waits have a fixed width, work is proportional', () => {
  const axis = timeAxis([
    { startedAt: 1000, durationMs: 10 },
    { startedAt: 1010, durationMs: 30 },
    { startedAt: 31_040, durationMs: 40 },
  ]);
  equal(axis.waits.length, 1);
  equal(axis.waits[0]?.ms, 30_000);
  equal(axis.totalMs, 30_080);
  const [a, b, c, d] = [1000, 1010, 1040, 31_040].map(axis.position);
  ok(a === 0 && b !== undefined && c !== undefined && d !== undefined);
  ok(Math.abs((c - b) / (b - a) - 3) < 0.001);
  ok(d - c < 0.06 && Math.abs(axis.position(31_080) - 1) < 1e-9);
});

test('timeAxis: accepts no activities and one of zero duration', () => {
  equal(timeAxis([]).position(5), 0);
  equal(timeAxis([{ startedAt: 5, durationMs: 0 }]).position(5), 0);
});

test('payloadText: a truncated payload is unchanged', () => {
  equal(payloadText('{"a":[1]}'), '{\n  "a": [\n    1\n  ]\n}');
  equal(payloadText('{"a":[1'), '{"a":[1');
});

test('labelOf: every activity kind of the sidecar has a label', () => {
  const source = readFileSync(new URL('../../../runtime/src/core/activity-attributes.ts', import.meta.url), 'utf8');
  const table = /export interface ActivityAttributes \{(.*?)\n\}/s.exec(source)?.[1] ?? '';
  const kinds = [...table.matchAll(/^  '?([\w.]+)'?: /gm)].map((match) => match[1] ?? '');
  ok(kinds.length > 20, 'the kinds are listed where this test looks for them');
  deepEqual(
    kinds.filter((kind) => labelOf(kind).label === kind),
    [],
  );
});
