import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '@outrigger/sdk/testing';
import { cookieOf, testStorefront } from '../testing.ts';

test('concurrency limit: one shopper has 16 concurrent requests, and another shopper is served', async () => {
  const clock = movableClock(0);
  await using shop = testStorefront({ clock });
  const [burst, other] = [cookieOf(await shop.app.inject('/api/home')), cookieOf(await shop.app.inject('/api/home'))];
  shop.hanging.add('cart');
  const statuses: number[] = [];
  const enough = Promise.withResolvers<void>();
  const all = Array.from({ length: 40 }, async () => {
    const { statusCode } = await shop.app.inject({ url: '/api/cart', headers: { cookie: burst } });
    if (statuses.push(statusCode) === 24) enough.resolve();
  });
  await enough.promise;
  assert.deepEqual([...new Set(statuses)], [429]);
  assert.equal(shop.calls().filter((call) => call.includes('cart hangs')).length, 16);
  assert.equal((await shop.app.inject({ url: '/api/orders', headers: { cookie: other } })).statusCode, 503);
  clock.moveTo(5_000);
  await Promise.all(all);
  const after = await shop.app.inject({ url: '/api/orders', headers: { cookie: burst } });
  assert.equal(after.statusCode, 503, 'places are given back when responses are out');
});

test('requests: two Host headers are a 400', async () => {
  await using shop = testStorefront();
  const { port } = new URL(await shop.app.listen({ port: 0, host: '127.0.0.1' }));
  const { connect } = await import('node:net');
  const socket = connect({ port: Number(port), host: '127.0.0.1' });
  socket.end('GET /api/home HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  assert.match(text, /^HTTP\/1\.1 400 /);
});
