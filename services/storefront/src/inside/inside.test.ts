import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '@outrigger/sdk/testing';
import type { StreamedActivity } from './inside-view.ts';
import { cookieOf, orderChanged, orderDetails, shopperIn, testStorefront } from '../testing.ts';

const trace = 'a'.repeat(32);
const traceparent = `00-${trace}-${'b'.repeat(16)}-01`;

const span = (spanId: string, startedAt: number, more: Partial<StreamedActivity> = {}): StreamedActivity => ({
  spanId,
  startedAt,
  appId: 'order',
  traceId: trace,
  kind: 'actor.turn',
  name: 'order/TW-1/submit',
  durationMs: 1,
  outcome: 'ok',
  attributes: {},
  ...more,
});

/** A shopper with the order TW-1, and sidecars that have recorded `recorded`. */
async function withOrder(recorded: { activities?: readonly StreamedActivity[] }, env: Record<string, string> = {}) {
  const clock = movableClock(Date.UTC(2026, 0, 1));
  const shop = testStorefront({
    clock,
    env,
    services: {
      'GET order/orders/TW-1': () => ({ status: 200, json: orderDetails() }),
      'GET /v1.0-outrigger/activities': () =>
        recorded.activities === undefined
          ? { status: 404 }
          : { status: 200, json: { activities: recorded.activities } },
    },
  });
  const cookie = cookieOf(await shop.app.inject({ url: '/api/home' }));
  const inside = () => shop.app.inject({ url: '/api/orders/TW-1/inside', headers: { cookie } });
  const changed = (changes: Parameters<typeof orderChanged>[0] = {}, parent: string | undefined = traceparent) =>
    shop.deliver('orders', 'order.changed', orderChanged({ shopperId: shopperIn(cookie), ...changes }), parent);
  const advance = async (ms: number): Promise<void> => {
    clock.moveTo(clock.now() + ms);
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  const reads = () => shop.calls().filter((call) => call.includes('activities')).length;
  return { shop, inside, changed, advance, reads, [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose]() };
}

test('GET /orders/:id/inside: reads the trace of the order’s first event from the apps of the store', async () => {
  await using page = await withOrder({ activities: [span('1', 1)] }, { STORE_APPS: 'order,mail' });
  const untraced = `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`;
  for (const header of ['nonsense', untraced, traceparent, traceparent.replaceAll('a', 'c')])
    assert.equal(await page.changed({}, header), 'SUCCESS');
  const view = (await page.inside()).json();
  assert.deepEqual([view.traceId, view.apps, view.activities.length], [trace, ['order'], 1]);
  assert.match(page.shop.calls().at(-1) ?? '', new RegExp(`traceId=${trace}&apps=order%2Cmail&limit=5000`));
});

test('GET /orders/:id/inside: activities are stored in the background, and shown after the sidecars have overwritten them', async () => {
  const recorded: { activities?: readonly StreamedActivity[] } = { activities: [span('1', 1)] };
  await using page = await withOrder(recorded);
  await page.changed();
  await page.advance(1_500);
  recorded.activities = [span('2', 2, { parentSpanId: '1' })];
  await page.changed({ version: 9, status: 'delivered' });
  await page.advance(2_000);
  recorded.activities = [];
  assert.deepEqual(page.shop.store.views.get('TW-1')?.activities.length, 2);
  const view = (await page.inside()).json();
  assert.deepEqual(
    view.activities.map(({ spanId }: { spanId: string }) => spanId),
    ['1', '2'],
  );
});

test('GET /orders/:id/inside: after a restart, stored and newer activities are shown', async () => {
  await using page = await withOrder({ activities: [span('2', 2), span('3', 3)] });
  page.shop.store.views.set('TW-1', { traceId: trace, activities: [span('1', 1), span('2', 2)] });
  const view = (await page.inside()).json();
  assert.deepEqual([view.traceId, view.activities.length], [trace, 3]);
});

test('GET /orders/:id/inside: without the database it shows the activities of the sidecars', async () => {
  await using page = await withOrder({ activities: [span('1', 1, { input: '{"data":{"orderId":"TW-1"}}' })] });
  page.shop.store.failing = new Error('no connection');
  const view = (await page.inside()).json();
  assert.deepEqual([view.traceId, view.activities.length], [trace, 1], 'its trace is found among deliveries');
});

test('GET /orders/:id/inside: a sidecar without activities is a 501, and captures pause', async () => {
  await using page = await withOrder({});
  await page.changed();
  await page.advance(1_500);
  assert.equal(page.reads(), 1);
  await page.changed({ version: 2 });
  await page.advance(10_000);
  assert.equal(page.reads(), 1);
  assert.equal(page.shop.store.views.size, 0);
  const response = await page.inside();
  assert.equal(response.statusCode, 501);
  assert.match(response.json().detail, /order itself is fine/);
});

test('GET /orders/:id/inside: another order in the same trace is not shown', async () => {
  const other = span('2', 2, { name: 'order/TW-2/submit', input: '{"email":"bob@example.test"}' });
  await using page = await withOrder({ activities: [span('1', 1), other] });
  await page.changed();
  const response = await page.inside();
  assert.equal(response.json().activities.length, 1);
  assert.doesNotMatch(response.body, /TW-2|bob/);
});
