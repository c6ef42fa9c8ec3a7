import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InsideActivity } from '@tidewater/contracts/storefront.ts';
import { needsPostgres, testDatabase } from '@tidewater/kit/testing.ts';
import { bounded, insideStore } from './inside-store.ts';
import { migrations } from '../schema/migrations.ts';

const span = (spanId: string, more: Partial<InsideActivity> = {}): InsideActivity => ({
  spanId,
  startedAt: Number(spanId),
  appId: 'order',
  kind: 'publish',
  name: 'orders',
  durationMs: 1,
  outcome: 'ok',
  attributes: {},
  ...more,
});

const dayMs = 24 * 3_600_000;

test('inside store: a view is read as it was saved, without what jsonb does not take', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  const store = insideStore({ queries: () => database, now: () => 0 });
  assert.equal(await store.read('TW-1'), undefined);
  await store.save('TW-1', { traceId: 't', activities: [span('1', { input: 'a\0b', output: 'x\ud800y' })] });
  assert.deepEqual(await store.read('TW-1'), {
    traceId: 't',
    activities: [span('1', { input: 'ab', output: 'x\ufffdy' })],
  });
  await store.save('TW-1', { traceId: 'other', activities: [span('1'), span('2')] });
  const again = await store.read('TW-1');
  assert.deepEqual([again?.traceId, again?.activities.length], ['t', 2]);
  await store.ready();
});

test('inside store: old views and the oldest of too many are removed', needsPostgres, async () => {
  await using database = await testDatabase(migrations);
  let now = 0;
  const store = insideStore({ queries: () => database, now: () => now, maxOrders: 3 });
  for (let order = 0; order < 5; order++) {
    now = order * dayMs;
    await store.save(`TW-${order}`, { traceId: 't', activities: [span('1')] });
  }
  const left = async () => {
    const rows = await database.query<{ order_id: string }>('select order_id from inside_views order by 1');
    return rows.map((row) => row.order_id);
  };
  await store.prune();
  assert.deepEqual(await left(), ['TW-2', 'TW-3', 'TW-4']);
  now = 33.5 * dayMs;
  await store.prune();
  assert.deepEqual(await left(), ['TW-4']);
});

test('inside store: 400 activities of an order are stored, from its beginning and its end', () => {
  const retained = bounded(Array.from({ length: 1_000 }, (_, index) => span(String(index)))).map(
    ({ spanId }) => spanId,
  );
  assert.deepEqual(
    [retained.length, retained[0], retained[199], retained[200], retained.at(-1)],
    [400, '0', '199', '800', '999'],
  );
});

test('inside store: the largest payloads are left out until an order fits in 400 kB', () => {
  const spans = [span('1', { input: 'x'.repeat(300_000) }), span('2', { input: 'y'.repeat(200_000) }), span('3')];
  const retained = bounded(spans);
  assert.deepEqual(
    retained.map(({ input }) => input?.length),
    [undefined, 200_000, undefined],
  );
});
