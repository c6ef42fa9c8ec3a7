import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricsConfig } from '../resources/configuration.ts';
import { httpMetrics, pathLabel } from './http-metrics.ts';
import { metricsRegistry } from './metrics.ts';

const labels: readonly (readonly [path: string, label: string])[] = [
  ['/v1.0/state/store/key/1', '/v1.0/state/store'],
  ['/v1.0/secrets/vault/name', '/v1.0/secrets/vault'],
  ['/v1.0/actors/order/42/method/submit', '/v1.0/actors/order/{id}/method'],
  ['/actors/order/42/method/submit', '/actors/order/{id}/method/submit'],
  ['/v1.0/workflows/dapr/abc/pause', '/v1.0/workflows/dapr/{instanceId}/pause'],
  ['/v1.0/workflows/dapr/abc/raiseEvent/paid', '/v1.0/workflows/dapr/{instanceId}/raiseEvent/{eventName}'],
  ['/v1.0/invoke/cart/method/items/7', '/v1.0/invoke/cart/method/items/7'],
  ['/healthz', '/healthz'],
];
for (const [path, label] of labels)
  test(`http_server path label: ${path} is ${label}`, () => {
    assert.equal(pathLabel(path), label);
  });

function counted(http: Partial<MetricsConfig['http']>, path: string): string {
  const registry = metricsRegistry({ app_id: 'cart' });
  const base = { increasedCardinality: true, pathMatching: [], excludeVerbs: false };
  const count = httpMetrics(registry, { isOn: true, http: { ...base, ...http }, latencyBuckets: [5, 50] });
  count({ verb: 'GET', path, status: 200, durationMs: 7, requestBytes: 0, responseBytes: 3 });
  return registry.render();
}

test('http_server path label: low cardinality has none unless a pattern matches, and the most specific pattern wins', () => {
  const low = { increasedCardinality: false };
  assert.match(counted(low, '/orders/7'), /request_count\{app_id="cart",method="GET",path="",status="200"\} 1/);
  const pathMatching = ['/orders/{orderID}', '/{any}/{other}'];
  assert.match(counted({ ...low, pathMatching }, '/orders/7'), /path="\/orders\/\{orderID\}"/);
  const invocation = counted({ ...low, pathMatching }, '/v1.0/invoke/shop/method/orders/7');
  assert.match(invocation, /path="\/v1\.0\/invoke\/\{app_id\}\/method\/orders\/\{orderID\}"/);
});

test('http_server: verbs can be excluded, and latency is counted in its bucket', () => {
  const text = counted({ excludeVerbs: true }, '/x');
  assert.match(text, /method="",path="\/x"/);
  assert.match(
    text,
    /latency_bucket\{app_id="cart",method="",path="\/x",status="200",le="5"\} 0\n.*le="50"\} 1\n.*le="\+Inf"\} 1/,
  );
});
