import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsRegistry } from './metrics.ts';

test('metricsRegistry: labels in any order, and resolved again, are one series', () => {
  const registry = metricsRegistry({ app_id: 'cart' });
  const counter = registry.counter('calls', 'Calls.');
  counter.of({ method: 'GET', status: '200' })();
  counter.of({ status: '200', method: 'GET' })();
  counter.of({ method: 'GET', status: '200' })(2);
  counter.of({ method: 'GET', status: '500' })();
  const lines = registry.render().split('\n');
  assert.deepEqual(
    lines.filter((line) => line.startsWith('dapr_calls{')),
    ['dapr_calls{app_id="cart",method="GET",status="200"} 4', 'dapr_calls{app_id="cart",method="GET",status="500"} 1'],
  );
});
