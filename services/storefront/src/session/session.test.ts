import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Signer } from '@fastify/cookie';
import { movableClock } from '@outrigger/sdk/testing';
import { cookieName } from './session.ts';
import { cookieOf, shopperIn, testStorefront } from '../testing.ts';
import type { TestStorefrontOptions } from '../testing.ts';

const secret = 'a secret for tests only';
const name = cookieName(secret);
const dayMs = 24 * 3_600_000;

function open(options: TestStorefrontOptions = {}) {
  const clock = movableClock(Date.UTC(2026, 0, 1));
  const shop = testStorefront({ clock, ...options });
  const get = (cookie?: string, headers: Record<string, string> = {}) =>
    shop.app.inject({ url: '/api/home', headers: { ...(cookie !== undefined && { cookie }), ...headers } });
  return { clock, shop, get, [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose]() };
}

test('session: the first response sets a signed cookie that no script can read, and the next ones set none', async () => {
  await using shop = open();
  const first = await shop.get();
  const header = first.headers['set-cookie'];
  assert.match(
    String(header),
    new RegExp(`^${name}=guest-[\\w-]+~\\d+\\.[\\w+/]+; Max-Age=15552000; Path=/; HttpOnly; SameSite=Lax$`),
  );
  assert.equal((await shop.get(cookieOf(first))).headers['set-cookie'], undefined);
});

test('session: a new visitor who is identified twice in one request gets one cookie', async () => {
  await using shop = open();
  const response = await shop.shop.app.inject({ url: '/api/cart' });
  assert.equal([response.headers['set-cookie']].flat().length, 1);
});

test('session: over TLS the cookie is a __Host- cookie and Secure', async () => {
  await using shop = open({ env: { TRUST_PROXY: 'loopback' } });
  const tls = { 'x-forwarded-proto': 'https' };
  const first = await shop.get(undefined, tls);
  assert.match(String(first.headers['set-cookie']), new RegExp(`^__Host-${name}=.*; SameSite=Lax; Secure$`));
  assert.equal((await shop.get(cookieOf(first), tls)).headers['set-cookie'], undefined);
  assert.ok((await shop.get(cookieOf(await shop.get()), tls)).headers['set-cookie'], 'a cookie without TLS is none');
  await using direct = open();
  assert.match(String((await direct.get(undefined, tls)).headers['set-cookie']), new RegExp(`^${name}=`));
});

test('session: an invalid or foreign cookie in front of the valid one is ignored', async () => {
  await using shop = open();
  const cookie = cookieOf(await shop.get());
  const foreign = `${name}=${new Signer('another secret').sign('guest-attacker~1767225600')}`;
  for (const junk of ['x', '', '%', `guest-x~1.abc`, 'a.b.c', '"']) {
    const response = await shop.get(`${name}=${junk}; other=1; ${foreign}; ${cookie}`);
    assert.equal(response.headers['set-cookie'], undefined, junk);
  }
  const before = shop.shop.calls().length;
  await shop.shop.app.inject({ url: '/api/cart', headers: { cookie: `${foreign}; ${cookie}` } });
  assert.deepEqual(shop.shop.calls().slice(before), [`GET cart/carts/${shopperIn(cookie)}`]);
});

test('session: a modified cookie, and a signed one with an invalid id, start a new session', async () => {
  await using shop = open();
  const cookie = cookieOf(await shop.get());
  const signer = new Signer(secret);
  for (const bad of [
    cookie.replace(/guest-./, 'guest-!'),
    cookie.slice(0, -1),
    cookie.replace(/~\d/, '~9'),
    `${name}=${signer.sign('../victim~1767225600')}`,
    `${name}=${signer.sign('guest-1')}`,
    `${name}=${signer.sign('guest-1~soon')}`,
  ]) {
    assert.match(String((await shop.get(bad)).headers['set-cookie']), new RegExp(`^${name}=guest-`), bad);
  }
});

test('session: is renewed once a day with the same shopper, and ends after 180 days without use', async () => {
  await using shop = open();
  const cookie = cookieOf(await shop.get());
  shop.clock.moveTo(shop.clock.now() + dayMs - 1_000);
  assert.equal((await shop.get(cookie)).headers['set-cookie'], undefined);
  shop.clock.moveTo(shop.clock.now() + 1_000);
  const renewed = cookieOf(await shop.get(cookie));
  assert.equal(shopperIn(renewed), shopperIn(cookie));
  assert.notEqual(renewed, cookie);
  assert.equal((await shop.get(renewed)).headers['set-cookie'], undefined);
  shop.clock.moveTo(shop.clock.now() + 181 * dayMs);
  assert.notEqual(shopperIn(cookieOf(await shop.get(renewed))), shopperIn(cookie));
});

test('session: stores with different secrets on one host have cookies of different names', () => {
  assert.notEqual(cookieName('one'), cookieName('two'));
  assert.match(cookieName('one'), /^tidewater-[\da-f]{6}$/);
});

test('session: new sessions are counted', async () => {
  await using shop = open();
  await shop.get(cookieOf(await shop.get()));
  assert.match((await shop.shop.context.metrics.text()).text, /store_sessions_created_total\{app="test"\} 1\n/);
});
