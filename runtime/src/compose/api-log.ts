import type { CompletedRpc } from '#api/grpc/open-rpc.ts';
import type { CompletedRequest } from '#api/http/server/router.ts';
import type { Log } from '#core/log.ts';
import type { Configuration } from '#host/resources/configuration.ts';
import { operationName } from './operation-name.ts';

type ApiLogging = Pick<Configuration['apiLogging'], 'obfuscatesUrls' | 'omitsHealthChecks'>;

/** One line per API call, as the reference logs with --enable-api-logging. */
export function apiLog(
  log: Log,
  { obfuscatesUrls, omitsHealthChecks }: ApiLogging,
): (request: CompletedRequest) => void {
  const lines = log.scoped('dapr.runtime.http-info');
  return ({ verb, path, status, durationMs, responseBytes }) => {
    if (omitsHealthChecks && path.startsWith('/v1.0/healthz')) return;
    const method = obfuscatesUrls ? operationName(verb, path) : `${verb} ${path}`;
    lines.info({ method, code: status, duration: Math.round(durationMs), size: responseBytes }, 'HTTP API Called');
  };
}

/** The same for the gRPC API. */
export function rpcLog(log: Log): (rpc: CompletedRpc) => void {
  const lines = log.scoped('dapr.runtime.grpc.api-info');
  return ({ method, code, durationMs, userAgent }) =>
    lines.info({ method, code, duration: Math.round(durationMs), useragent: userAgent }, 'gRPC API Called');
}
