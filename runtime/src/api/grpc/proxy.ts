import type { Metadata, Server, ServerDuplexStream } from '@grpc/grpc-js';
import type { Invoke } from '#blocks/invoke/invoke.ts';
import type { Call } from '#core/call.ts';
import { defineError } from '#core/errors.ts';
import { type Body, noBody } from '#core/message.ts';
import { isRpcEnd, rpcFrame, rpcParts, rpcVerb } from '#core/rpc-frames.ts';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { OpenRpc } from './open-rpc.ts';
import type { RpcContext } from './open-rpc.ts';
import { addHeaders, metadataOf, forwardedStatusError } from './forwarded-status.ts';

const targetMissing = defineError(
  { code: 'ERR_PROXY_TARGET', http: 400, grpc: 'Unknown' },
  () => 'cannot proxy request: missing dapr-callee-app-id or dapr-app-id metadata',
);

const responseTruncated = defineError(
  { code: 'ERR_PROXY_CUT', http: 502, grpc: 'Internal' },
  (path: string) => `the response to ${path} ended without a status`,
);

const daprMethodPrefix = `/${Dapr.typeName}/`;

type Raw = ServerDuplexStream<Buffer, Buffer>;

/**
 * Forwards every method that the server does not know. grpc-js has no hook for this: it looks up a private map of
 * handlers, which is replaced by one with a fallback. A test guards that.
 */
export function proxyUnknown(server: Server, proxy: Invoke['proxy'], context: RpcContext): void {
  const registered: unknown = Reflect.get(server, 'handlers');
  if (!(registered instanceof Map)) throw new TypeError('this version of grpc-js has no map of handlers');
  const handlers = new HandlersWithFallback(registered, (path) => (raw) => {
    const open = new OpenRpc(path, raw, context, { isStream: true });
    void open.respondWithStream((call) => proxyCall({ call, path, open, raw, proxy }), raw);
  });
  Reflect.set(server, 'handlers', handlers);
}

/** grpc-js' registered methods. */
class HandlersWithFallback extends Map<unknown, unknown> {
  readonly #handlerFor: ((path: string) => (raw: Raw) => void) | undefined;

  constructor(registered: ReadonlyMap<unknown, unknown>, handlerFor: (path: string) => (raw: Raw) => void) {
    super(registered);
    this.#handlerFor = handlerFor;
  }

  override get(path: unknown): unknown {
    const handler = super.get(path);
    if (handler !== undefined || typeof path !== 'string' || path.startsWith(daprMethodPrefix)) return handler;
    return { func: this.#handlerFor?.(path), serialize: identity, deserialize: identity, type: 'bidi', path };
  }
}

interface ProxyOptions {
  readonly call: Call;
  readonly path: string;
  readonly open: OpenRpc;
  readonly raw: Raw;
  readonly proxy: Invoke['proxy'];
}

async function* proxyCall({ call, path, open, raw, proxy }: ProxyOptions): AsyncGenerator<Buffer, void> {
  const { metadata } = open;
  const appId = textOf(metadata, 'dapr-app-id');
  const target = textOf(metadata, 'dapr-callee-app-id') ?? appId;
  if (target === undefined) throw targetMissing();
  const headers = headersOf(metadata);
  const message = { verb: rpcVerb, path, query: '', headers, body: await bodyOf(raw, open) };
  const reply = await proxy(call, target, message, appId);
  addHeaders(open.responseHeaders, reply.headers);
  // an app may send its headers long before its first message
  if (reply.headers.length > 0) open.sendHeaders();
  for await (const part of rpcParts(reply.body)) {
    if (isRpcEnd(part)) {
      if (part.code !== 0) throw forwardedStatusError(part);
      open.trailers = metadataOf(part.trailers);
      return;
    }
    yield Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  }
  throw responseTruncated(path);
}

/** The event loop turns to wait before a call counts as a stream: the end of a unary call arrives with its message. */
const unaryTurns = 5;

/** Bytes for a call of one message, which can be retried; a stream is sent once. */
async function bodyOf(raw: Raw, open: OpenRpc): Promise<Body> {
  // not returned early: that would destroy the stream, which has yet to carry the status
  const source: AsyncIterator<Buffer, unknown> = (raw as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const first = await open.orAborted(source.next());
  if (first.done === true) return noBody;
  const pending = { next: open.orAborted(source.next()) };
  pending.next.catch(() => {});
  open.received(first.value.length);
  let isComplete = false;
  void pending.next.then(
    ({ done }) => (isComplete = done === true),
    () => {},
  );
  // requested by the caller: a policy covers only the beginning of the stream
  if (textOf(open.metadata, 'dapr-stream') === 'true') return rest(first.value, pending, { source, open });
  for (let turn = 0; turn < unaryTurns; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (isComplete) return rpcFrame(first.value);
  }
  return rest(first.value, pending, { source, open });
}

async function* rest(
  first: Buffer,
  pending: { next: Promise<IteratorResult<Buffer, unknown>> },
  { source, open }: { readonly source: AsyncIterator<Buffer, unknown>; readonly open: OpenRpc },
): AsyncGenerator<Uint8Array, void> {
  yield rpcFrame(first);
  for (let next = await pending.next; next.done !== true; next = await open.orAborted(source.next())) {
    open.received(next.value.length);
    yield rpcFrame(next.value);
  }
}

function headersOf(metadata: Metadata): string[] {
  const headers: string[] = [];
  for (const name of Object.keys(metadata.getMap())) {
    // addressed to this sidecar; the callee's id has its own header
    if (name === 'dapr-app-id') continue;
    for (const value of metadata.get(name))
      headers.push(name, typeof value === 'string' ? value : value.toString('base64'));
  }
  return headers;
}

function textOf(metadata: Metadata, name: string): string | undefined {
  const [value] = metadata.get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}
