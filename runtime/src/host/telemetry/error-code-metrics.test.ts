import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineError, resourceInfo } from '#core/errors.ts';
import { errorCodeMetrics } from './error-code-metrics.ts';
import { metricsRegistry } from './metrics.ts';

test('error_code_total: errors are counted by code and API category', () => {
  const registry = metricsRegistry({ app_id: 'a' });
  const count = errorCodeMetrics(registry);
  const raise = (code: string, details: ReturnType<typeof resourceInfo>[] = []): void =>
    count(defineError({ code, http: 400, grpc: 'InvalidArgument' }, () => ({ message: code, details }))());
  raise('ERR_SECRET_GET');
  raise('ERR_SECRET_GET');
  raise('ERR_MALFORMED_REQUEST');
  raise('ERR_MALFORMED_REQUEST', [resourceInfo('state', 'store', 'a')]);
  count(new Error('nobody declared it'));
  const lines = registry
    .render()
    .split('\n')
    .filter((line) => line.startsWith('dapr_error_code_total'));
  assert.deepEqual(lines.sort(), [
    'dapr_error_code_total{app_id="a",category="common",error_code="ERR_MALFORMED_REQUEST"} 1',
    'dapr_error_code_total{app_id="a",category="secret",error_code="ERR_SECRET_GET"} 2',
    'dapr_error_code_total{app_id="a",category="state",error_code="ERR_MALFORMED_REQUEST"} 1',
  ]);
});
