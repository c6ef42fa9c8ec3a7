import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log, LogFields } from '#core/log.ts';
import { apiLog } from './api-log.ts';

function lines(settings: Parameters<typeof apiLog>[1]) {
  const logged: unknown[] = [];
  const info = (fields: LogFields): void => void logged.push(fields['method']);
  const log = { info, scoped: (): Log => log as unknown as Log };
  const write = apiLog(log as unknown as Log, settings);
  const complete = (verb: string, path: string): void =>
    write({ verb, path, status: 200, durationMs: 1, requestBytes: 0, responseBytes: 0 });
  complete('GET', '/v1.0/healthz');
  complete('GET', '/v1.0/state/orders/customer-7');
  complete('POST', '/v1.0/invoke/cart/method/secret/path');
  complete('POST', '/some/path');
  complete('GET', '/v1.0/state/orders');
  return logged;
}

test('API log: calls are logged with their URLs, health checks included', () => {
  assert.deepEqual(lines({ obfuscatesUrls: false, omitsHealthChecks: false }), [
    'GET /v1.0/healthz',
    'GET /v1.0/state/orders/customer-7',
    'POST /v1.0/invoke/cart/method/secret/path',
    'POST /some/path',
    'GET /v1.0/state/orders',
  ]);
});

test('API log: with obfuscateURLs the operation is logged instead of the URL, and health checks can be omitted', () => {
  assert.deepEqual(lines({ obfuscatesUrls: true, omitsHealthChecks: true }), [
    'GetState/orders',
    'InvokeService/cart',
    'InvokeService',
    'UnknownOperation',
  ]);
});
