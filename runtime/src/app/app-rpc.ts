import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMethodUnary, DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { codeNamed, httpOfCode } from '#core/grpc-code.ts';
import { type Headers } from '#core/message.ts';
import { type RpcEnd, isRpcEnd, rpcFrame, rpcParts, rpcVerb } from '#core/rpc-frames.ts';

export interface RpcResponse<Output extends DescMessage> {
  readonly message: MessageShape<Output>;
  readonly headers: Headers;
}

export interface RpcRequest<Input extends DescMessage> {
  readonly message: MessageInitShape<Input>;
  readonly headers?: Headers;
}

/**
 * Calls one RPC of the app. Rejects with the app's status as `appStatusError`, or with the channel's error when the app
 * cannot be reached.
 */
export async function callApp<Input extends DescMessage, Output extends DescMessage>(
  channel: Pick<AppChannel, 'request'>,
  call: Call,
  method: DescMethodUnary<Input, Output>,
  { message, headers = [] }: RpcRequest<Input>,
): Promise<RpcResponse<Output>> {
  const reply = await channel.request(call, {
    verb: rpcVerb,
    path: `/${method.parent.typeName}/${method.name}`,
    query: '',
    headers,
    body: rpcFrame(toBinary(method.input, create(method.input, message))),
  });
  let response: Uint8Array | undefined;
  let end: RpcEnd | undefined;
  for await (const part of rpcParts(reply.body)) {
    if (isRpcEnd(part)) end = part;
    else response ??= part;
  }
  call.signal.throwIfAborted();
  if (end?.code !== 0) throw appStatusError(end ?? { code: 13, message: 'the response has no status', trailers: [] });
  return { message: fromBinary(method.output, response ?? new Uint8Array(0)), headers: reply.headers };
}

/** The app's gRPC status as an error; its trailers are the cause. */
export function appStatusError(end: RpcEnd): RuntimeError {
  const kind = { code: 'ERR_APP_STATUS', http: httpOfCode(end.code), grpc: codeNamed(end.code) };
  return new RuntimeError(kind, { message: end.message }, { cause: end });
}

/** The status that `appStatusError` was made of; undefined for any other error. */
export function appStatusOf(cause: unknown): RpcEnd | undefined {
  return cause instanceof RuntimeError && cause.kind.code === 'ERR_APP_STATUS' ? (cause.cause as RpcEnd) : undefined;
}

/** The app does not implement the RPC. */
export function isUnimplemented(cause: unknown): boolean {
  return appStatusOf(cause) !== undefined && cause instanceof RuntimeError && cause.kind.grpc === 'Unimplemented';
}
