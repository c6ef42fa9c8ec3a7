import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from './config.ts';
import type { SidecarConfig } from './config.ts';
import { parseFlags } from './flags.ts';

function config(args: readonly string[], env: Record<string, string> = {}): SidecarConfig {
  return readConfig(parseFlags(['--app-id', 'cart', ...args]), env);
}

test("readConfig: the defaults are the reference's", () => {
  const { ports, app, maxBodyBytes, maxHeaderBytes, gracefulShutdownMs, listen } = config([]);
  assert.equal(ports.http, 3500);
  assert.equal(ports.metrics, 9090);
  assert.equal(ports.internalIsDerived, true);
  assert.equal(app.port, 0);
  assert.equal(app.health, undefined);
  assert.equal(maxBodyBytes, 4 * 1024 * 1024);
  assert.equal(maxHeaderBytes, 4096);
  assert.equal(gracefulShutdownMs, 5000);
  assert.deepEqual(listen.apis, ['']);
});

test('dapr-internal-grpc-listen-address: loopback unless the flag names another address', () => {
  const internal = (...args: string[]): string => config(args).listen.internal;
  assert.equal(internal(), '127.0.0.1');
  assert.equal(internal('--dapr-internal-grpc-listen-address='), '127.0.0.1');
  assert.equal(internal('--dapr-internal-grpc-listen-address=0.0.0.0'), '');
  assert.equal(internal('--dapr-internal-grpc-listen-address=[::]'), '');
  assert.equal(internal('--dapr-internal-grpc-listen-address=10.1.2.3'), '10.1.2.3');
});

test('actors-disseminate-timeout: 30 seconds by default, and must be positive', () => {
  assert.equal(config([]).disseminateTimeoutMs, 30_000);
  assert.equal(config(['--actors-disseminate-timeout', '4s']).disseminateTimeoutMs, 4000);
  const expected = /invalid value for 'actors-disseminate-timeout' option: must be positive, got 0s/;
  assert.throws(() => config(['--actors-disseminate-timeout=0s']), expected);
});

test('app-id: required, without dots', () => {
  assert.throws(() => readConfig(parseFlags([]), {}), /app-id cannot be empty/);
  assert.throws(() => readConfig(parseFlags(['--app-id', 'a.b']), {}), /cannot contain dots: a\.b/);
});

test('readConfig: an invalid port, size or protocol is an error that names the flag', () => {
  assert.throws(() => config(['--app-port', 'abc']), /--app-port is not a port: abc/);
  assert.throws(() => config(['--dapr-http-port', '70000']), /--dapr-http-port is not a port/);
  assert.throws(() => config(['--max-body-size', 'lots']), /--max-body-size is not a size such as 4Mi/);
  assert.throws(() => config(['--app-protocol', 'smtp']), /use http, https, h2c, grpc or grpcs/);
  assert.throws(() => config(['--dapr-block-shutdown-duration', '5']), /not a duration such as 5s/);
});

test('readConfig: deprecated flags apply when their successors are absent', () => {
  assert.equal(config(['--dapr-http-max-request-size', '2']).maxBodyBytes, 2 * 1024 * 1024);
  assert.equal(config(['--app-ssl']).app.protocol, 'https');
  assert.deepEqual(config(['--components-path', 'x']).resourcesPaths, ['x']);
});

test('readConfig: health values that are not positive mean their defaults', () => {
  const { health } = config([
    '--enable-app-health-check',
    '--app-health-probe-interval',
    '0',
    '--app-health-threshold=-3',
  ]).app;
  assert.deepEqual(health, { path: '/healthz', intervalMs: 5000, timeoutMs: 500, threshold: 3 });
});

test('readConfig: tokens are read from the environment, an empty one is absent', () => {
  const { apiToken, app } = config([], { DAPR_API_TOKEN: 'a', APP_API_TOKEN: '' });
  assert.equal(apiToken, 'a');
  assert.equal(app.apiToken, undefined);
});

test('readConfig: the result is deeply frozen', () => {
  assert.throws(() => Object.assign(config([]).app, { port: 1 }), TypeError);
});

test('defaultInternalPort: stable per app and different between apps', () => {
  const port = (appId: string): number => readConfig(parseFlags(['--app-id', appId]), {}).ports.internal;
  assert.equal(port('cart'), port('cart'));
  assert.notEqual(port('cart'), port('order'));
  assert.ok(port('cart') >= 47300 && port('cart') <= 49347);
});

test('DAPR_HTTP_DISABLE_H2C: HTTP/2 without TLS is on by default', () => {
  assert.equal(config([]).hasHttp2, true);
  assert.equal(config([], { DAPR_HTTP_DISABLE_H2C: 'false' }).hasHttp2, true);
  for (const yes of ['1', 'true', 'Yes']) assert.equal(config([], { DAPR_HTTP_DISABLE_H2C: yes }).hasHttp2, false);
});
