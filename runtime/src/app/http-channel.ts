import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { textOf } from '#core/errors.ts';
import type { Message, Reply } from '#core/message.ts';
import { rpcVerb } from '#core/rpc-frames.ts';
import { formatTraceparent } from '#core/trace.ts';
import { AppExchange } from './app-exchange.ts';
import { concurrencyGate } from './concurrency-gate.ts';
import { appProtocolUnknown, appRequestInvalid, appVerbInvalid, rpcForHttpApp } from './errors.ts';
import { http1Transport } from '#fast/http1-transport.ts';
import { lazyTransport } from './lazy-transport.ts';

export interface HttpChannelOptions {
  /** `host:port`; an IPv6 host stands in brackets. */
  readonly address: string;
  readonly protocol: AppChannel['protocol'];
  /** Sent as `dapr-api-token` with every request. */
  readonly apiToken?: string;
  /** Maximum number of concurrent requests, of every kind. Undefined or 0 means no limit. */
  readonly maxConcurrency?: number;
  /** The app must begin its response within this time. */
  readonly replyTimeoutMs?: number;
  /** Responses that announce no more than this many bytes are delivered as bytes, others as a stream. */
  readonly maxBufferedBytes?: number;
  /** False accepts any certificate, as Dapr does for an app in the same pod. */
  readonly verifyCertificate?: boolean;
  /** PEM texts: the authorities to trust instead of the default ones, and the client certificate. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

const anHourMs = 3_600_000;

/**
 * The app, or any other server, behind HTTP. Message headers must be end-to-end headers: the caller has removed
 * connection headers, content-length, host and trace headers, which are set here from the call. Reply headers come
 * without connection headers and content-length.
 */
export function httpChannel(options: HttpChannelOptions): AppChannel {
  const { address, protocol, apiToken, maxConcurrency = 0, replyTimeoutMs = anHourMs } = options;
  const { maxBufferedBytes = 1024 * 1024, verifyCertificate = false } = options;
  if (protocol !== 'http' && protocol !== 'https' && protocol !== 'h2c') throw appProtocolUnknown(protocol);

  const transport =
    protocol === 'http'
      ? http1Transport({ address, replyTimeoutMs })
      : lazyTransport(async () => {
          const { undiciTransport } = await import('./undici-transport.ts');
          return undiciTransport({ address, protocol, replyTimeoutMs, verifyCertificate, tls: options.tls });
        });
  const gate = maxConcurrency > 0 ? concurrencyGate(maxConcurrency) : undefined;

  const send = (call: Call, message: Message, done: () => void): Promise<Reply> => {
    const { verb, path, query, headers, body } = message;
    const exchange = new AppExchange({ call, address, maxBufferedBytes, done });
    const target = query === '' ? path : `${path}?${query}`;
    try {
      transport.dispatch(exchange, { verb, target, headers: headersFor(call, headers, apiToken), body });
    } catch (cause) {
      exchange.connectionFailed(cause instanceof Error ? cause : new Error(textOf(cause)));
    }
    return exchange.reply;
  };

  return {
    protocol,
    async request(call, message) {
      call.signal.throwIfAborted();
      if (message.verb === 'UNSPECIFIED') throw appVerbInvalid('missing HTTP extension field');
      if (message.verb === 'NONE') throw appVerbInvalid('invalid HTTP verb');
      if (message.verb === rpcVerb) throw rpcForHttpApp(message.path);
      if (message.verb === 'CONNECT') throw appRequestInvalid('invalid HTTP verb');
      if (!gate) return send(call, message, noop);
      await gate.acquire(call.signal);
      return send(call, message, gate.release);
    },
    close: () => transport.close(),
  };
}

function noop(): void {}

function headersFor(call: Call, headers: readonly string[], apiToken: string | undefined): string[] {
  const all = [...headers, 'traceparent', formatTraceparent(call.trace)];
  if (call.trace.state) all.push('tracestate', call.trace.state);
  if (call.baggage) all.push('baggage', call.baggage);
  if (apiToken) all.push('dapr-api-token', apiToken);
  return all;
}
