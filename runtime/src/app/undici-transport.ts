import { Readable } from 'node:stream';
import { type Dispatcher, Pool, buildConnector, errors } from 'undici';
import { isBytes } from '#core/message.ts';
import type { AppExchange, AppTransport } from './app-exchange.ts';
import { appRequestInvalid } from './errors.ts';
import { withoutInterim } from './interim-responses.ts';

export interface UndiciTransportOptions {
  /** `host:port`; an IPv6 host stands in brackets. */
  readonly address: string;
  readonly protocol: 'https' | 'h2c';
  readonly replyTimeoutMs: number;
  /** False accepts any certificate. */
  readonly verifyCertificate: boolean;
  /** PEM texts: the authorities to trust instead of the default ones, and the client certificate. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const connectTimeout = 5_000;
/** The error message of undici for a response with status 101. */
const switchedProtocols = 'bad upgrade';

/** HTTP/1.1 with TLS, and HTTP/2 without. */
export function undiciTransport(options: UndiciTransportOptions): AppTransport {
  const { address, protocol, replyTimeoutMs, verifyCertificate } = options;
  const connector = buildConnector({
    timeout: connectTimeout,
    allowH2: false,
    ...options.tls,
    rejectUnauthorized: verifyCertificate,
  });
  const pool = new Pool(`${protocol === 'https' ? 'https' : 'http'}://${address}`, {
    headersTimeout: replyTimeoutMs,
    // a stream of events may be silent for any time; the caller's signal ends it
    bodyTimeout: 0,
    keepAliveTimeout: 4_000,
    allowH2: false,
    ...(protocol === 'h2c' ? { useH2c: true, connectTimeout } : { connect: withoutInterim(connector) }),
  });
  return {
    dispatch(exchange, { verb, target, headers, body }) {
      pool.dispatch(
        {
          method: verb,
          path: target,
          headers: [...headers],
          body: isBytes(body) ? (body.length === 0 ? null : body) : Readable.from(body, { objectMode: false }),
        },
        handlerOf(exchange),
      );
    },
    close: () => pool.destroy(),
  };
}

function handlerOf(exchange: AppExchange): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller) => exchange.begun(controller),
    onResponseStart(_controller, status, headers) {
      if (status === 101 || status >= 200) exchange.head(status, flat(headers));
    },
    onResponseData: (_controller, chunk) => exchange.chunk(chunk),
    onResponseEnd: () => exchange.end(),
    onResponseError(_controller, cause) {
      if (cause instanceof errors.SocketError && cause.message === switchedProtocols) exchange.protocolSwitched();
      else if (cause instanceof errors.InvalidArgumentError || cause instanceof errors.NotSupportedError)
        exchange.connectionFailed(appRequestInvalid(cause.message));
      else exchange.connectionFailed(cause);
    },
  };
}

function flat(headers: ResponseHeaders): string[] {
  const result: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') result.push(name, value);
    else for (const one of value ?? []) result.push(name, one);
  }
  return result;
}
