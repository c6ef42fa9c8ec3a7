import { Pool } from 'undici';
import type { Dispatcher } from 'undici';

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query; begins with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

/** How bytes reach the sidecar. Rejects only without a response. */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

/** Keep-alive connections to one sidecar; they are made when first needed. */
export function httpTransport(endpoint: string): Transport {
  const pool = new Pool(endpoint, {
    connections: 128,
    connect: { timeout: 3_000 },
    // Shorter than any server's own limit, so that a request never meets a connection that is being closed.
    keepAliveTimeout: 4_000,
  });
  return {
    send: (request) => new Promise((resolve, reject) => exchange(pool, request, resolve, reject)),
    close: () => pool.close(),
  };
}

/** Collects a response without a stream for its body: nearly all are one small chunk. */
function exchange(
  pool: Pool,
  { timeoutMs, signal, ...request }: TransportRequest,
  resolve: (response: TransportResponse) => void,
  reject: (cause: unknown) => void,
): void {
  if (signal?.aborted === true) return reject(signal.reason);
  let started: Dispatcher.DispatchController | undefined;
  let status = 0;
  let headers: TransportResponse['headers'] = {};
  const chunks: Buffer[] = [];
  const onAbort = (): void => {
    const { reason } = signal as AbortSignal;
    started?.abort(reason instanceof Error ? reason : new Error(String(reason)));
    reject(reason);
  };
  const end = (): void => signal?.removeEventListener('abort', onAbort);
  signal?.addEventListener('abort', onAbort, { once: true });
  const options = { ...request, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  pool.dispatch(options, {
    onRequestStart(controller) {
      started = controller;
      // Aborted while it waited for a connection.
      if (signal?.aborted === true) onAbort();
    },
    onResponseStart(_controller, statusCode, received) {
      // A response such as 103 is followed by the actual one.
      if (statusCode < 200) return;
      status = statusCode;
      headers = received;
    },
    onResponseData: (_controller, chunk) => void chunks.push(chunk),
    onResponseEnd() {
      end();
      const [only] = chunks;
      resolve({ status, headers, body: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks) });
    },
    onResponseError(_controller, error) {
      end();
      reject(error);
    },
  });
}
