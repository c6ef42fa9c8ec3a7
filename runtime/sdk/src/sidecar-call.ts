import { DaprError, problemFrom, problemMediaType } from './dapr-error.ts';
import type { ContextCarrier } from './trace-context.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** How long to wait for the response; the client's own limit when absent. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** With it the sidecar does not record the payloads of this call. Sidecars that record none ignore it. */
  readonly isPrivate?: boolean;
}

export interface SidecarRequest extends CallOptions {
  readonly method: TransportRequest['method'];
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
}

/** Sends one request; resolves for every status. */
export type SendToSidecar = (request: SidecarRequest) => Promise<TransportResponse>;

export function sidecarCall(
  transport: Transport,
  context: ContextCarrier,
  defaults: { readonly apiToken?: string; readonly timeoutMs: number },
): SendToSidecar {
  return async (request) => {
    const headers: Record<string, string> = { ...request.headers };
    const { traceparent, tracestate, baggage } = context.current();
    if (traceparent !== undefined) headers['traceparent'] ??= traceparent;
    if (tracestate !== undefined) headers['tracestate'] ??= tracestate;
    if (baggage !== undefined) headers['baggage'] ??= baggage;
    if (defaults.apiToken !== undefined) headers['dapr-api-token'] = defaults.apiToken;
    if (request.isPrivate === true) headers['x-outrigger-private'] = 'true';
    if (request.body !== undefined) headers['content-type'] ??= request.contentType ?? 'application/json';
    const { method, path, body, signal, timeoutMs = defaults.timeoutMs } = request;
    try {
      return await transport.send({ method, path, headers, body, signal, timeoutMs });
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DaprError(503, 'ERR_SIDECAR_UNREACHABLE', `no response to ${method} ${path}: ${reason}`, { cause });
    }
  };
}

/** Returns the response when it is a success and throws it as a typed error otherwise. */
export function expectSuccess(response: TransportResponse, operation: string): TransportResponse {
  if (response.status >= 200 && response.status < 300) return response;
  throw errorOfResponse(response, operation);
}

export function errorOfResponse(response: TransportResponse, operation: string): DaprError {
  const body = tryJson(response);
  const problem = isProblem(response) ? problemFrom(body) : undefined;
  if (problem) return problem;
  const { errorCode, message } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = typeof message === 'string' ? message : textOfBody(response).slice(0, 500);
  return new DaprError(
    response.status,
    typeof errorCode === 'string' ? errorCode : 'ERR_APP',
    `${operation}: ${response.status} ${text}`,
  );
}

export const isProblem = (response: TransportResponse): boolean =>
  String(response.headers['content-type'] ?? '').startsWith(problemMediaType);

export const textOfBody = (response: TransportResponse): string =>
  Buffer.from(response.body.buffer, response.body.byteOffset, response.body.byteLength).toString('utf8');

/** The JSON of the response; undefined for an empty body. The caller guarantees the type. */
export function jsonOf<T>(response: TransportResponse, operation: string): T {
  if (response.body.byteLength === 0) return undefined as T;
  try {
    return JSON.parse(textOfBody(response)) as T;
  } catch (cause) {
    throw new DaprError(502, 'ERR_MALFORMED_RESPONSE', `${operation}: the response is not JSON`, { cause });
  }
}

function tryJson(response: TransportResponse): unknown {
  try {
    return JSON.parse(textOfBody(response)) as unknown;
  } catch {
    // An error page that is not JSON is still an error; its text is quoted.
    return undefined;
  }
}
