import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, DescMethod, DescService, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type {
  Metadata,
  Server,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedHandleCall,
  sendUnaryData,
} from '@grpc/grpc-js';
import type { Call } from '#core/call.ts';
import { defineError, textOf, withCause } from '#core/errors.ts';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { OpenRpc } from './open-rpc.ts';
import type { RpcContext } from './open-rpc.ts';
import { encodeStateResponse } from './state-response-encoding.ts';

/** What an RPC gets beside its message. */
export interface Exchange {
  readonly metadata: Metadata;
  /** The response headers; they are sent with its first message. */
  readonly responseHeaders: Metadata;
}

type Input<Method extends DescMethod> = MessageShape<Method['input']>;
type Output<Method extends DescMethod> = MessageInitShape<Method['output']>;

/** One RPC as an async function; a stream is an async iterable. Exceptions become the status. */
export type Rpc<Method extends DescMethod> = Method extends { methodKind: 'unary' }
  ? (call: Call, message: Input<Method>, exchange: Exchange) => Promise<Output<Method>>
  : Method extends { methodKind: 'server_streaming' }
    ? (call: Call, message: Input<Method>, exchange: Exchange) => AsyncIterable<Output<Method>>
    : Method extends { methodKind: 'client_streaming' }
      ? (call: Call, messages: AsyncIterable<Input<Method>>, exchange: Exchange) => Promise<Output<Method>>
      : (call: Call, messages: AsyncIterable<Input<Method>>, exchange: Exchange) => AsyncIterable<Output<Method>>;

export type RpcHandlers<Service extends DescService> = {
  readonly [Name in keyof Service['method']]?: Rpc<Service['method'][Name]>;
};

const messageMalformed = defineError(
  { code: 'ERR_MALFORMED_REQUEST', http: 400, grpc: 'Internal' },
  (type: string, reason: string) => `the message is not a valid ${type}: ${reason}`,
);

/**
 * Registers every RPC of a service. `rejection` returns why an RPC cannot be called, such as that it is not
 * implemented.
 */
export function implement<Service extends DescService>(
  server: Server,
  service: Service,
  rpcs: RpcHandlers<Service>,
  context: RpcContext & { readonly rejection: (rpc: string, isThere: boolean) => Error | undefined },
): void {
  for (const method of service.methods) {
    const rpc = (rpcs as Readonly<Record<string, unknown>>)[method.localName];
    const rejection = context.rejection(method.name, rpc !== undefined);
    const kind = kinds[method.methodKind];
    const path = `/${service.typeName}/${method.name}`;
    const handler = handlers[kind](path, method, (rejection ? rejectWith(rejection) : rpc) as never, context);
    // bytes in, bytes out: messages are decoded and encoded here, where sizes are known and errors can be reported
    server.register(path, handler, identity, identity, kind);
  }
}

const kinds = {
  unary: 'unary',
  server_streaming: 'serverStream',
  client_streaming: 'clientStream',
  bidi_streaming: 'bidi',
} as const satisfies Readonly<Record<DescMethod['methodKind'], string>>;

type Unary = (call: Call, message: unknown, exchange: Exchange) => Promise<object>;
type FromServer = (call: Call, message: unknown, exchange: Exchange) => AsyncIterable<object>;
type FromClient = (call: Call, messages: AsyncIterable<unknown>, exchange: Exchange) => Promise<object>;
type Bidi = (call: Call, messages: AsyncIterable<unknown>, exchange: Exchange) => AsyncIterable<object>;

const handlers = {
  unary:
    (path: string, { input, output }: DescMethod, rpc: Unary, context: RpcContext): UntypedHandleCall =>
    (raw: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
      const open = new OpenRpc(path, raw, context);
      open.received(raw.request.length);
      void open.respondOnce(async (call) => encode(output, await rpc(call, decode(input, raw.request), open)), done);
    },
  clientStream:
    (path: string, { input, output }: DescMethod, rpc: FromClient, context: RpcContext): UntypedHandleCall =>
    (raw: ServerReadableStream<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
      const open = new OpenRpc(path, raw, context, { isStream: true });
      void open.respondOnce(async (call) => encode(output, await rpc(call, messages(input, raw, open), open)), done);
    },
  serverStream:
    (path: string, { input, output }: DescMethod, rpc: FromServer, context: RpcContext): UntypedHandleCall =>
    (raw: ServerWritableStream<Buffer, Buffer>) => {
      const open = new OpenRpc(path, raw, context, { isStream: true });
      open.received(raw.request.length);
      void open.respondWithStream((call) => encodeAll(output, rpc(call, decode(input, raw.request), open)), raw);
    },
  bidi:
    (path: string, { input, output }: DescMethod, rpc: Bidi, context: RpcContext): UntypedHandleCall =>
    (raw: ServerDuplexStream<Buffer, Buffer>) => {
      const open = new OpenRpc(path, raw, context, { isStream: true });
      void open.respondWithStream((call) => encodeAll(output, rpc(call, messages(input, raw, open), open)), raw);
    },
};

function rejectWith(rejection: Error): () => never {
  return () => {
    throw rejection;
  };
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}

function decode(schema: DescMessage, bytes: Buffer): unknown {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw withCause(messageMalformed(schema.typeName, textOf(cause)), cause);
  }
}

function encode(schema: DescMessage, message: object): Buffer {
  if (schema === Dapr.method.getState.output) {
    const value = encodeStateResponse(message);
    if (value) return value;
  }
  const bytes = toBinary(schema, create(schema, message as MessageInitShape<DescMessage>));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function* messages(
  schema: DescMessage,
  raw: AsyncIterable<Buffer>,
  open: OpenRpc,
): AsyncGenerator<unknown, void> {
  // not returned early: that would destroy the stream, which has yet to carry the status
  const source: AsyncIterator<Buffer, unknown> = raw[Symbol.asyncIterator]();
  for (;;) {
    const next = await open.orAborted(source.next());
    if (next.done === true) {
      // grpc-js reports a disconnected client first as the end of the messages, and a moment later as cancelled
      await open.orAborted(new Promise((resolve) => setImmediate(resolve)));
      return;
    }
    open.received(next.value.length);
    yield decode(schema, next.value);
  }
}

async function* encodeAll(schema: DescMessage, outputs: AsyncIterable<object>): AsyncGenerator<Buffer, void> {
  for await (const output of outputs) yield encode(schema, output);
}
