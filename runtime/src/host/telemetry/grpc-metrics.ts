import type { MetricsConfig } from '../resources/configuration.ts';
import { latencyBounds, sizeBounds } from './metrics.ts';
import type { MetricsRegistry } from './metrics.ts';

/** One completed RPC, as the gRPC server reports it. */
export interface CompletedRpc {
  /** Such as `/dapr.proto.runtime.v1.Dapr/GetState`. */
  readonly method: string;
  readonly code: string;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

type Count = (rpc: CompletedRpc) => void;

/** Counts completed RPCs under the reference's names. */
export function rpcMetrics(registry: MetricsRegistry, config: MetricsConfig): Count {
  const bounds = config.latencyBuckets ?? latencyBounds;
  const completed = registry.counter('grpc_io_server_completed_rpcs', 'Count of RPCs by method and status.');
  const latency = registry.histogram('grpc_io_server_server_latency', 'Latency of RPCs, milliseconds.', bounds);
  const received = registry.histogram('grpc_io_server_received_bytes_per_rpc', 'Bytes received per RPC.', sizeBounds);
  const sent = registry.histogram('grpc_io_server_sent_bytes_per_rpc', 'Bytes sent per RPC.', sizeBounds);
  const series = new Map<string, Count>();

  const open = ({ method, code }: CompletedRpc): Count => {
    const labels = { grpc_server_method: method, grpc_server_status: code };
    const count = completed.of(labels);
    const observe = latency.of(labels);
    const countReceived = received.of({ grpc_server_method: method });
    const countSent = sent.of({ grpc_server_method: method });
    return ({ durationMs, requestBytes, responseBytes }) => {
      count();
      observe(durationMs);
      countReceived(requestBytes);
      countSent(responseBytes);
    };
  };

  return (rpc) => {
    const key = `${rpc.method} ${rpc.code}`;
    let count = series.get(key);
    if (!count) series.set(key, (count = open(rpc)));
    count(rpc);
  };
}
