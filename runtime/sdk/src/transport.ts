import { Pool } from 'undici';

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
    async send({ timeoutMs, signal, ...request }) {
      const response = await pool.request({ ...request, signal, headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
      return { status: response.statusCode, headers: response.headers, body: await response.body.bytes() };
    },
    close: () => pool.close(),
  };
}
