import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpMiddleware, RequestHead } from '#blocks/middleware/http-middleware.ts';
import { seededRandom } from '#core/random.ts';
import type { Factory } from '#core/component.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { rateLimit } from './rate-limit.ts';
import { routeAlias } from './route-alias.ts';
import { routerChecker } from './router-checker.ts';
import { uppercase } from './uppercase.ts';

async function made(factory: Factory<HttpMiddleware>, metadata: Readonly<Record<string, string>>, clock = fakeClock()) {
  const dependencies = { appId: 'cart', namespace: '', log: silentLog, clock, random: seededRandom() };
  return await factory({ ...dependencies, name: 'step', type: 'middleware.http.step', version: 'v1', metadata });
}

function head(path: string, query = '', headers: readonly string[] = []): RequestHead {
  return { verb: 'GET', path, query, headers, remoteAddress: '10.0.0.1' };
}

function urlAfter(step: HttpMiddleware, requestHead: RequestHead): string {
  const result = step.head(requestHead);
  assert.ok('continueWith' in result);
  return `${result.continueWith.path}?${result.continueWith.query}`;
}

function statusOf(step: HttpMiddleware, requestHead: RequestHead): number {
  const result = step.head(requestHead);
  return 'response' in result ? result.response.status : 0;
}

test('routeralias: rewrites the path and preserves the query', async () => {
  const step = await made(routeAlias, { routes: '{"/plain":"/v1.0/invoke/a/method/plain"}' });
  assert.equal(urlAfter(step, head('/plain', 'q=a%20b')), '/v1.0/invoke/a/method/plain?q=a%20b');
  assert.equal(urlAfter(step, head('/other', 'q=1')), '/other?q=1');
});

test('routeralias: adds matched segments to the query, and escapes a question mark in a target', async () => {
  const step = await made(routeAlias, { routes: '{"/two/{id}/{b}":"/two/{b}", "/odd/{x}":"/a?y=1"}' });
  assert.equal(urlAfter(step, head('/two/3/4')), '/two/%7Bb%7D?b=4&id=3');
  assert.equal(urlAfter(step, head('/odd/1', 'z=2')), '/a%3Fy=1?x=1&z=2');
});

test('routeralias: invalid routes are an error at load', async () => {
  await assert.rejects(async () => await made(routeAlias, { routes: '{"/a":1}' }), /target of \/a is not text/);
  await assert.rejects(async () => await made(routeAlias, { routes: '[' }), /not a JSON object/);
});

test('routerchecker: accepts only paths that match the rule', async () => {
  const step = await made(routerChecker, { rule: '^[A-Za-z0-9/._-]+$' });
  assert.equal(statusOf(step, head('/v1.0/invoke/demo/method/user-info')), 0);
  assert.equal(statusOf(step, head('/v1.0/invoke/demo/method/cat%20password')), 400);
  await assert.rejects(async () => await made(routerChecker, { rule: '(' }), /not a regular expression/);
});

test('ratelimit: limits each caller separately', async () => {
  const clock = fakeClock();
  const step = await made(rateLimit, { maxrequestspersecond: '2' }, clock);
  assert.deepEqual(
    [1, 2, 3].map(() => statusOf(step, head('/x'))),
    [0, 0, 429],
  );
  assert.equal(statusOf(step, head('/x', '', ['X-Forwarded-For', '10.0.0.2, 10.0.0.1'])), 0);
  await clock.tick(500);
  assert.deepEqual(
    [1, 2].map(() => statusOf(step, head('/x'))),
    [0, 429],
  );
});

test('uppercase: converts a character that is split between two chunks', async () => {
  const change = (await made(uppercase, {})).body?.();
  assert.ok(change);
  const bytes = Buffer.from('grüße');
  const parts = [bytes.subarray(0, 3), bytes.subarray(3), undefined].map((chunk) => Buffer.from(change(chunk)));
  assert.equal(Buffer.concat(parts).toString(), 'GRÜSSE');
});
