import type { AnsweredRpc } from '#api/grpc/open-rpc.ts';
import type { AnsweredRequest } from '#api/http/server.ts';
import type { Log } from '#core/log.ts';

/** One line per API call, as the reference writes it with --enable-api-logging. */
export function apiLog(log: Log): (request: AnsweredRequest) => void {
  const lines = log.scoped('dapr.runtime.http-info');
  return ({ verb, path, status, durationMs, responseBytes }) =>
    lines.info(
      { method: `${verb} ${path}`, code: status, duration: Math.round(durationMs), size: responseBytes },
      'HTTP API Called',
    );
}

/** The same for the gRPC door. */
export function rpcLog(log: Log): (rpc: AnsweredRpc) => void {
  const lines = log.scoped('dapr.runtime.grpc.api-info');
  return ({ method, code, durationMs, userAgent }) =>
    lines.info({ method, code, duration: Math.round(durationMs), useragent: userAgent }, 'gRPC API Called');
}
