import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rpcMetrics } from './grpc-metrics.ts';
import { metricsRegistry } from './metrics.ts';

test('grpc_io_server: RPCs are counted by method and status, bytes by method', () => {
  const registry = metricsRegistry({ app_id: 'cart' });
  const config = { isOn: true, http: { increasedCardinality: false, pathMatching: [], excludeVerbs: false } };
  const onCompleted = rpcMetrics(registry, config as unknown as Parameters<typeof rpcMetrics>[1]);
  const rpc = { method: '/dapr.proto.runtime.v1.Dapr/GetState', durationMs: 1, requestBytes: 10, responseBytes: 2048 };
  for (const code of ['OK', 'OK', 'NotFound']) onCompleted({ ...rpc, code });
  const lines = registry.render().split('\n');
  const labels = 'app_id="cart",grpc_server_method="/dapr.proto.runtime.v1.Dapr/GetState"';
  assert.ok(lines.includes(`dapr_grpc_io_server_completed_rpcs{${labels},grpc_server_status="OK"} 2`));
  assert.ok(lines.includes(`dapr_grpc_io_server_completed_rpcs{${labels},grpc_server_status="NotFound"} 1`));
  assert.ok(lines.includes(`dapr_grpc_io_server_sent_bytes_per_rpc_count{${labels}} 3`));
  assert.ok(lines.includes(`dapr_grpc_io_server_sent_bytes_per_rpc_sum{${labels}} 6144`));
});
