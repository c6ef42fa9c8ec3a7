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
