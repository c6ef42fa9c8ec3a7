import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { cookieOf, shopperIn, testStorefront } from '../testing.ts';

async function builtFrontend(
  check: (shop: ReturnType<typeof testStorefront>) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const parent = mkdtempSync(join(tmpdir(), 'frontend-'));
  const folder = join(parent, 'dist');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(parent, 'secret.txt'), 'outside');
  writeFileSync(join(folder, '.env.js'), 'hidden');
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Shop</title>');
  writeFileSync(join(folder, 'assets/app-1a2b.js'), 'let plain;');
  writeFileSync(join(folder, 'assets/app-1a2b.js.br'), brotliCompressSync('let pressed;'));
  const shop = testStorefront({ env: { FRONTEND_DIR: folder, ...env } });
  try {
    await check(shop);
  } finally {
    await shop[Symbol.asyncDispose]();
    rmSync(parent, { recursive: true });
  }
}

test('frontend files: client-side routes return the page, revalidated each time', () =>
  builtFrontend(async ({ app }) => {
    for (const url of ['/', '/product/watch-cap', '/orders/TW-1?inside', '/s%C3%B6k']) {
      const response = await app.inject({ url });
      assert.deepEqual([response.statusCode, response.headers['cache-control']], [200, 'private, no-cache'], url);
      assert.match(response.body, /<title>Shop/);
      assert.match(String(response.headers['content-type']), /^text\/html/);
    }
  }));

test('frontend files: a page starts the session, so that its first requests are all of one shopper', () =>
  builtFrontend(async ({ app }) => {
    const page = await app.inject({ url: '/' });
    const cookie = cookieOf(page);
    assert.match(shopperIn(cookie), /^guest-/);
    const requests = ['/api/home', '/api/cart', '/api/orders', '/', '/assets/app-1a2b.js'];
    const responses = await Promise.all(requests.map((url) => app.inject({ url, headers: { cookie } })));
    for (const [at, { headers }] of responses.entries()) assert.equal(headers['set-cookie'], undefined, requests[at]);
    for (const url of ['/assets/app-1a2b.js', '/assets/none.js', '/.env.js'])
      assert.equal((await app.inject({ url })).headers['set-cookie'], undefined, url);
  }));

test('frontend files: beyond the limit of new sessions an address gets the page without one', () =>
  builtFrontend(
    async ({ app }) => {
      const newVisitor = () => app.inject({ url: '/' });
      // 600 a minute, times the factor.
      for (let visitor = 0; visitor < 6; visitor++) assert.ok((await newVisitor()).headers['set-cookie']);
      const next = await newVisitor();
      assert.deepEqual([next.statusCode, next.headers['set-cookie']], [200, undefined]);
      assert.equal((await app.inject({ url: '/api/home' })).statusCode, 429);
    },
    { RATE_LIMIT_FACTOR: '0.01' },
  ));

test('frontend files: hashed files are cached permanently, and compressed when accepted', () =>
  builtFrontend(async ({ app }) => {
    for (const url of ['/assets/app-1a2b.js', '/assets/app-1a2b%2Ejs', '/assets%2fapp-1a2b.js?x']) {
      const plain = await app.inject({ url });
      const { 'cache-control': cache } = plain.headers;
      assert.deepEqual([plain.body, cache], ['let plain;', 'public, max-age=31536000, immutable'], url);
    }
    const pressed = await app.inject({ url: '/assets/app-1a2b.js', headers: { 'accept-encoding': 'br, gzip' } });
    assert.equal(pressed.headers['content-encoding'], 'br');
    assert.match(String(pressed.headers['content-type']), /javascript/);
    assert.equal(brotliDecompressSync(pressed.rawPayload).toString(), 'let pressed;');
  }));

test('frontend files: an unknown path is a 404 that is not cached, however it is encoded', () =>
  builtFrontend(async ({ app }) => {
    for (const url of [
      '/assets/old-0000.js',
      '/favicon.png',
      '/api/nothing',
      '/%61pi/nothing',
      '/api%2fnothing',
      '/api',
      '/provider/x',
      '/events/x',
      '/.env.js',
      '/%2eenv.js',
      '/assets/..%2f..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/..%5csecret.txt',
      '/%252e%252e%252fsecret.txt',
      '/assets/%2e%2e/%2e%2e/secret.txt',
      '/index.html%00.js',
    ]) {
      const response = await app.inject({ url });
      assert.deepEqual([response.statusCode, response.headers['cache-control']], [404, 'no-store'], url);
      assert.equal(response.headers['content-type'], 'application/problem+json', url);
    }
  }));

test('frontend files: without a build the page explains what to do, and /readyz fails', async () => {
  await using shop = testStorefront({ env: { FRONTEND_DIR: join(tmpdir(), 'no such folder') } });
  const response = await shop.app.inject({ url: '/' });
  assert.deepEqual([response.statusCode, response.headers['cache-control']], [503, 'no-store']);
  assert.match(response.body, /npm start/);
  assert.equal((await shop.app.inject({ url: '/readyz' })).statusCode, 503);
});

test('GET /readyz: requires the database and the built pages', () =>
  builtFrontend(async ({ app, store }) => {
    assert.equal((await app.inject({ url: '/readyz' })).statusCode, 204);
    store.failing = new Error('no connection');
    assert.equal((await app.inject({ url: '/readyz' })).statusCode, 503);
    assert.equal((await app.inject({ url: '/api/home' })).statusCode, 200, 'the shop is open without it');
  }));
