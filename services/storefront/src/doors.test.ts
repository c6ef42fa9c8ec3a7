import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { cookieOf, testStorefront } from './testing.ts';

/** A payment provider that notes what reaches it. */
async function fakeProvider() {
  const seen: { url: string; body: string; key: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      seen.push({ url: request.url ?? '', body, key: String(request.headers['idempotency-key'] ?? '') });
      response.writeHead(422, { 'content-type': 'application/problem+json' });
      response.end('{"status":422}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const card = (headers: Record<string, string> = {}, payload = '{"number":"4242"}') => ({
  method: 'POST' as const,
  url: '/provider/tokens',
  headers: { 'content-type': 'application/json', ...headers },
  payload,
});

test('a card passes to the provider unread, and its answer comes back as it is', async () => {
  await using provider = await fakeProvider();
  await using shop = testStorefront({ env: { PROVIDER_URL: provider.url } });
  const answer = await shop.app.inject(card({}, '{"number": '));
  assert.deepEqual([answer.statusCode, answer.body], [422, '{"status":422}']);
  assert.match(String(answer.headers['content-type']), /problem\+json/);
  assert.deepEqual(
    provider.seen.map(({ url, body }) => [url, body]),
    [['/tokens', '{"number": ']],
  );
  assert.deepEqual(shop.transport.requests, [], 'the sidecar saw nothing');
});

test('the key of one shopper is not the key of another', async () => {
  await using provider = await fakeProvider();
  await using shop = testStorefront({ env: { PROVIDER_URL: provider.url } });
  const ann = cookieOf(await shop.app.inject(card({ 'idempotency-key': 'k' })));
  await shop.app.inject(card({ 'idempotency-key': 'k', cookie: ann }));
  await shop.app.inject(card({ 'idempotency-key': 'k' }));
  const [first, again, other] = provider.seen.map(({ key }) => key);
  assert.equal(first, again);
  assert.notEqual(first, other);
});

test('only cards pass, and only as much as fits on one', async () => {
  await using provider = await fakeProvider();
  await using shop = testStorefront({ env: { PROVIDER_URL: provider.url } });
  assert.equal(
    (await shop.app.inject({ method: 'POST', url: '/provider/authorizations', payload: {} })).statusCode,
    404,
  );
  assert.equal((await shop.app.inject({ url: '/provider/authorizations' })).statusCode, 404);
  assert.equal((await shop.app.inject({ url: '/provider/tokens' })).statusCode, 404);
  assert.equal((await shop.app.inject(card({}, 'x'.repeat(20_000)))).statusCode, 413);
  assert.deepEqual(provider.seen, []);
});

test('a provider that is away is a 503 that says nothing was charged', async () => {
  await using shop = testStorefront();
  const answer = await shop.app.inject(card());
  assert.equal(answer.statusCode, 503);
  assert.match(answer.json().detail, /Nothing was charged/);
});

async function builtFrontend(check: (shop: ReturnType<typeof testStorefront>) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'frontend-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Shop</title>');
  writeFileSync(join(folder, 'assets/app-1a2b.js'), 'let plain;');
  writeFileSync(join(folder, 'assets/app-1a2b.js.br'), brotliCompressSync('let pressed;'));
  const shop = testStorefront({ env: { FRONTEND_DIR: folder } });
  try {
    await check(shop);
  } finally {
    await shop[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
}

test('addresses of the frontend’s own router are its page, asked for each time', () =>
  builtFrontend(async ({ app }) => {
    for (const url of ['/', '/product/watch-cap', '/orders/TW-1?inside']) {
      const answer = await app.inject({ url });
      assert.deepEqual([answer.statusCode, answer.headers['cache-control']], [200, 'no-cache'], url);
      assert.match(answer.body, /<title>Shop/);
      assert.match(String(answer.headers['content-type']), /^text\/html/);
    }
  }));

test('files with a hash are kept for ever, and sent compressed to those who can read it', () =>
  builtFrontend(async ({ app }) => {
    const plain = await app.inject({ url: '/assets/app-1a2b.js' });
    assert.deepEqual(
      [plain.body, plain.headers['cache-control']],
      ['let plain;', 'public, max-age=31536000, immutable'],
    );
    const pressed = await app.inject({ url: '/assets/app-1a2b.js', headers: { 'accept-encoding': 'br, gzip' } });
    assert.equal(pressed.headers['content-encoding'], 'br');
    assert.match(String(pressed.headers['content-type']), /javascript/);
    assert.equal(brotliDecompressSync(pressed.rawPayload).toString(), 'let pressed;');
  }));

test('a file or an API route that is not there is 404, not the page', () =>
  builtFrontend(async ({ app }) => {
    for (const url of [
      '/assets/old-0000.js',
      '/favicon.png',
      '/api/nothing',
      '/api',
      '/provider/x',
      '/events/x',
      '/%2e%2e/%2e%2e/etc/passwd.txt',
      '/..%2fpackage.json',
    ])
      assert.ok([403, 404].includes((await app.inject({ url })).statusCode), url);
  }));

test('without built pages the shop says what to do', async () => {
  await using shop = testStorefront({ env: { FRONTEND_DIR: join(tmpdir(), 'no such folder') } });
  const answer = await shop.app.inject({ url: '/' });
  assert.equal(answer.statusCode, 503);
  assert.match(answer.body, /npm start/);
});
