import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostNameOf, listedHost, requestGuard } from './request-guard.ts';
import type { GuardedRequest } from './request-guard.ts';

const hosts = ['127.0.0.1', 'localhost', '::1'];

function request(...rawHeaders: string[]): GuardedRequest {
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    headers[(rawHeaders[i] ?? '').toLowerCase()] ??= rawHeaders[i + 1] ?? '';
  return { headers, rawHeaders, url: '/v1.0/metadata' };
}

const codeOf = (one: GuardedRequest, origins: readonly string[] = []): string | undefined =>
  requestGuard(hosts, origins)(one)?.kind.code;

test('host names: port, case, brackets and a trailing dot are ignored', () => {
  const names = [
    'localhost',
    'LocalHost:3500',
    'localhost.',
    'localhost.:80',
    '127.0.0.1:3500',
    '[::1]',
    '[::1]:3500',
    '[0:0::1]:1',
  ];
  assert.deepEqual(names.map(hostNameOf), [
    'localhost',
    'localhost',
    'localhost',
    'localhost',
    '127.0.0.1',
    '::1',
    '::1',
    '::1',
  ]);
  for (const broken of [
    '',
    ':3500',
    '::1',
    'a:b',
    'a:1:2',
    'evil@localhost',
    'a/b',
    'a b',
    '[::1',
    '[evil]',
    '.',
    'a,b',
  ])
    assert.equal(hostNameOf(broken), undefined, broken);
  assert.deepEqual(['::1', '[::1]', 'Shop.', 'a:80'].map(listedHost), ['::1', '::1', 'shop', 'a']);
});

test('Host: a foreign, missing, doubled or broken one is ERR_HOST_NOT_ALLOWED with the setting in the message', () => {
  for (const host of ['localhost', '127.0.0.1:3500', '[::1]:3500', 'LOCALHOST.'])
    assert.equal(codeOf(request('Host', host)), undefined, host);
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    '127.1',
    '2130706433',
    '',
    'localhost@evil',
  ])
    assert.equal(codeOf(request('host', host)), 'ERR_HOST_NOT_ALLOWED', host);
  assert.equal(codeOf(request()), 'ERR_HOST_NOT_ALLOWED');
  assert.equal(codeOf(request('Host', 'localhost', 'HOST', 'evil.example')), 'ERR_HOST_NOT_ALLOWED');
  assert.equal(codeOf(request('Host', 'localhost', 'host', 'localhost')), 'ERR_HOST_NOT_ALLOWED');
  const rejection = requestGuard(hosts, [])(request('Host', 'evil.example:3500'));
  assert.match(rejection?.message ?? '', /"evil\.example:3500".*OUTRIGGER_ALLOWED_HOSTS/);
});

test('request target: the authority of an absolute form counts as well as Host', () => {
  const of = (url: string) => codeOf({ ...request('host', 'localhost'), url });
  assert.equal(of('http://localhost:3500/v1.0/metadata'), undefined);
  assert.equal(of('HTTP://evil.example/v1.0/metadata'), 'ERR_HOST_NOT_ALLOWED');
  assert.equal(of('http://localhost@evil.example/'), 'ERR_HOST_NOT_ALLOWED');
  assert.equal(of('/v1.0/invoke/https://other.example/method/x'), undefined);
});

test('HTTP/2: :authority and host must both be allowed', () => {
  const of = (headers: Record<string, string>) => codeOf({ headers });
  assert.equal(of({ ':authority': 'localhost:50001' }), undefined);
  assert.equal(of({ ':authority': 'evil.example' }), 'ERR_HOST_NOT_ALLOWED');
  assert.equal(of({ ':authority': 'localhost', host: 'evil.example' }), 'ERR_HOST_NOT_ALLOWED');
  assert.equal(of({}), 'ERR_HOST_NOT_ALLOWED');
});

test('Origin: a foreign one, null and several are ERR_ORIGIN_NOT_ALLOWED; the same origin and allowed ones pass', () => {
  const of = (origin: string, allowed: readonly string[] = [], host = 'localhost:3500') =>
    codeOf(request('Host', host, 'Origin', origin), allowed);
  assert.equal(of('http://localhost:3500'), undefined);
  assert.equal(of('http://LOCALHOST.:3500'), undefined);
  assert.equal(of('http://localhost', [], 'localhost'), undefined);
  for (const foreign of [
    'null',
    '',
    'http://localhost:8080',
    'https://localhost:3500',
    'http://127.0.0.1:3500',
    'http://evil.example',
  ])
    assert.equal(of(foreign), 'ERR_ORIGIN_NOT_ALLOWED', foreign);
  assert.equal(of('http://shop.example', ['http://Shop.example']), undefined);
  assert.equal(of('null', ['*']), undefined);
  const twice = request('Host', 'localhost:3500', 'Origin', 'http://localhost:3500', 'Origin', 'http://evil.example');
  assert.equal(codeOf(twice), 'ERR_ORIGIN_NOT_ALLOWED');
});

test('Sec-Fetch-Site: cross-site and same-site are rejected unless the origin is allowed', () => {
  const of = (site: string, ...more: string[]) => codeOf(request('host', 'localhost', 'Sec-Fetch-Site', site, ...more));
  assert.equal(of('none'), undefined);
  assert.equal(of('same-origin'), undefined);
  for (const site of ['cross-site', 'same-site', 'Cross-Site', 'none, cross-site'])
    assert.equal(of(site), 'ERR_ORIGIN_NOT_ALLOWED', site);
  const allowed = request('host', 'localhost', 'origin', 'http://shop.example', 'sec-fetch-site', 'cross-site');
  assert.equal(codeOf(allowed, ['http://shop.example']), undefined);
});
