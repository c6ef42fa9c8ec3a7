import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Server, StatusObject, UntypedHandleCall } from '@grpc/grpc-js';
import type { Clock } from '#core/clock.ts';
import { UnaryStream, timeoutMs } from './unary-stream.ts';

type StreamHandler = (interceptors: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** What grpc-js checks to detect an idle session. */
interface OpenedStream {
  readonly session: ServerHttp2Stream['session'];
  once(event: 'close', listener: () => void): unknown;
}

type Rejection = Pick<StatusObject, 'code' | 'details'>;

export interface UnaryFastPathOptions {
  /** The limit of one message, in both directions. */
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  /** Requests with a rejection get that status and are not handled, whatever their kind. */
  readonly rejection?: (headers: IncomingHttpHeaders) => Rejection | undefined;
}

/**
 * Passes unary calls from their HTTP/2 stream to their handler without grpc-js, whose interceptors and queues are made
 * for streams: for a call of one message they take half again as much processor time as node:http2 itself (28 µs
 * against 19, both ends of the socket and 1 kB back). Everything else stays with grpc-js: sessions and their end,
 * streams, and unary calls that are compressed or malformed. There is no hook for it, so a private method is replaced;
 * a test guards that. Call it before the server accepts connections.
 */
export function unaryFastPath(server: Server, { maxMessageBytes, clock, rejection }: UnaryFastPathOptions): void {
  const originalHandler = privateFunction<StreamHandler>(server, '_streamHandler');
  const onStreamOpened = privateFunction<(stream: OpenedStream) => void>(server, 'onStreamOpened');
  const handleStream: StreamHandler = (interceptors, stream, headers) => {
    const path = headers[':path'] ?? '';
    const rejected = rejection?.(headers);
    if (rejected) return rejectStream(stream, rejected);
    const handler = isSupported(headers) ? unaryHandler(server, path) : undefined;
    if (!handler) return originalHandler.call(server, interceptors, stream, headers);
    // a stream's failure is also reported by its end
    stream.on('error', () => {});
    let onClose = (): void => {};
    // Idle sessions are closed after a while. grpc-js' listener for the stream's end is called by the single listener
    // here: removing one of several listeners takes a tenth of the whole call.
    onStreamOpened.call(server, { session: stream.session, once: (_event, listener) => (onClose = listener) });
    new UnaryStream(stream, headers, { path, maxMessageBytes, clock, handle: handler, onClose: () => onClose() });
  };
  Reflect.set(server, '_streamHandler', handleStream);
}

function rejectStream(stream: ServerHttp2Stream, { code, details }: Rejection): void {
  stream.on('error', () => {});
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': code, 'grpc-message': encodeURI(details) },
    { endStream: true },
  );
  // its remaining data is ignored
  stream.resume();
}

/** Whether nothing about the call needs grpc-js. */
function isSupported(headers: IncomingHttpHeaders): boolean {
  const { 'content-type': type, 'grpc-encoding': encoding = 'identity', 'grpc-timeout': timeout } = headers;
  if (type === undefined || !type.startsWith('application/grpc') || encoding !== 'identity') return false;
  return timeout === undefined || timeoutMs(String(timeout)) !== undefined;
}

type Handle = UntypedHandleCall & ((call: UnaryStream, done: UnaryStream['done']) => void);

function unaryHandler(server: Server, path: string): Handle | undefined {
  // looked up each time: the map is replaced once unknown methods are forwarded
  const handlers = Reflect.get(server, 'handlers') as ReadonlyMap<string, { type: string; func: Handle }>;
  const handler = handlers.get(path);
  return handler?.type === 'unary' ? handler.func : undefined;
}

function privateFunction<Kind extends (...args: never[]) => unknown>(server: Server, name: string): Kind {
  const member: unknown = Reflect.get(server, name);
  if (typeof member !== 'function') throw new TypeError(`this version of grpc-js has no ${name}`);
  return member as Kind;
}
