import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { InjectOptions } from 'fastify';
import { cookieOf, goodCheckout, problem, testStorefront } from '../testing.ts';
import type { TestStorefront } from '../testing.ts';

/** Time stands still for the limiter until it is moved. */
const stopTime = (context: TestContext) => context.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });

async function statuses(
  shop: TestStorefront,
  count: number,
  request: (index: number) => InjectOptions,
): Promise<Map<number, number>> {
  const seen = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    const { statusCode } = await shop.app.inject(request(index));
    seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1);
  }
  return seen;
}

const token = (cookie: string) => ({
  method: 'POST' as const,
  url: '/provider/tokens',
  headers: { cookie, 'content-type': 'application/json' },
  payload: '{}',
});
const checkout = (cookie: string) => ({
  method: 'POST' as const,
  url: '/api/checkout',
  headers: { cookie, 'idempotency-key': 'k' },
  payload: goodCheckout,
});

test('request limits: one shopper has 20 card tokens and 20 checkouts a minute, then 429 with retry-after', async (t) => {
  stopTime(t);
  await using shop = testStorefront();
  const cookie = cookieOf(await shop.app.inject({ url: '/api/home' }));
  for (const request of [token(cookie), checkout(cookie)]) {
    const seen = await statuses(shop, 21, () => request);
    assert.deepEqual([seen.get(503), seen.get(429)], [20, 1], request.url);
    const rejected = await shop.app.inject(request);
    assert.equal(rejected.headers['content-type'], 'application/problem+json');
    assert.equal(rejected.headers['retry-after'], '60');
    assert.equal(rejected.headers['cache-control'], 'no-store');
    assert.equal(rejected.json().type, 'too-many-requests');
  }
  const other = cookieOf(await shop.app.inject({ url: '/api/home' }));
  assert.equal((await shop.app.inject(token(other))).statusCode, 503, 'another shopper is not affected');
  t.mock.timers.tick(60_000);
  assert.equal((await shop.app.inject(token(cookie))).statusCode, 503, 'a minute later it goes on');
  assert.match(
    (await shop.context.metrics.text()).text,
    /limited_requests_total\{kind="tokens\/shopper",app="test"\} 2/,
  );
});

test('request limits: one address has 600 card tokens a minute, with any number of shoppers', async (t) => {
  stopTime(t);
  await using shop = testStorefront();
  const seen = await statuses(shop, 610, () => token(''));
  assert.deepEqual([seen.get(503), seen.get(429)], [600, 10]);
});

test('request limits: one shopper reads 1,200 orders a minute, by any route', async (t) => {
  stopTime(t);
  await using shop = testStorefront({ services: {} });
  const cookie = cookieOf(await shop.app.inject({ url: '/api/home' }));
  const urls = ['/api/orders/TW-1', '/api/orders/TW-1/inside', '/api/checkouts/k', '/api/orders'];
  const seen = await statuses(shop, 1_204, (index) => ({ url: urls[index % 4] ?? '', headers: { cookie } }));
  assert.deepEqual([seen.get(503), seen.get(429)], [1_200, 4]);
  assert.equal((await shop.app.inject({ url: '/api/home', headers: { cookie } })).statusCode, 200);
});

test('request limits: one address has 600 new sessions a minute', async (t) => {
  stopTime(t);
  await using shop = testStorefront();
  const cookie = cookieOf(await shop.app.inject({ url: '/api/home' }));
  const seen = await statuses(shop, 601, () => ({ url: '/api/home' }));
  assert.deepEqual([seen.get(200), seen.get(429)], [599, 2]);
  assert.equal((await shop.app.inject({ url: '/api/home' })).headers['set-cookie'], undefined);
  assert.equal((await shop.app.inject({ url: '/api/home', headers: { cookie } })).statusCode, 200);
});

test('request limits: the address is the client’s behind a trusted proxy, and the connection’s otherwise', async (t) => {
  stopTime(t);
  const env = { RATE_LIMIT_FACTOR: '0.01' };
  const from = (index: number) => ({ url: '/api/home', headers: { 'x-forwarded-for': `203.0.113.${index}` } });
  await using proxied = testStorefront({ env: { ...env, TRUST_PROXY: 'loopback' } });
  assert.equal((await statuses(proxied, 20, from)).get(429), undefined);
  await using direct = testStorefront({ env });
  assert.equal((await statuses(direct, 20, from)).get(429), 14, '600 new sessions × 0.01');
});

test('request limits: probes are not limited, and a 429 of another service has retry-after too', async (t) => {
  stopTime(t);
  await using shop = testStorefront({
    env: { RATE_LIMIT_FACTOR: '0.01' },
    services: { 'GET catalog/products': () => problem(429) },
  });
  const limited = await shop.app.inject({ url: '/api/products' });
  assert.deepEqual([limited.statusCode, limited.headers['retry-after']], [429, '60']);
  assert.deepEqual([...(await statuses(shop, 50, () => ({ url: '/healthz' })))], [[204, 50]]);
});
