import { createRegistry, fromBinary, toJson } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials } from '@grpc/grpc-js';
import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { httpOfCode } from '#core/grpc-code.ts';
import { type Message, type Reply, headerOf, readBody } from '#core/message.ts';
import { type RpcEnd, anyTypeHeader, rpcEndAsHeader, rpcEndHeader, rpcVerb } from '#core/rpc-frames.ts';
import { HTTPExtension_Verb } from '#gen/dapr/proto/common/v1/common_pb.ts';
import { AppCallback, AppCallbackHealthCheck } from '#gen/dapr/proto/runtime/v1/appcallback_pb.ts';
import { BadRequestSchema, ErrorInfoSchema, HelpSchema, ResourceInfoSchema } from '#gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '#gen/google/rpc/status_pb.ts';
import { callApp, appStatusOf } from './app-rpc.ts';
import { clientPool } from './grpc-client-pool.ts';
import { concurrencyGate } from './concurrency-gate.ts';
import { exchange } from './grpc-exchange.ts';
import { metadataFor } from './grpc-metadata.ts';

export interface GrpcChannelOptions {
  /** `host:port`; an IPv6 host stands in brackets. */
  readonly address: string;
  readonly protocol: 'grpc' | 'grpcs';
  /** Sent as `dapr-api-token` with every call. */
  readonly apiToken?: string;
  /** Maximum number of concurrent calls, of every kind. Undefined or 0 means no limit. */
  readonly maxConcurrency?: number;
  /** Maximum size of one message, in both directions. */
  readonly maxBodyBytes: number;
}

/**
 * The app behind gRPC. A message with `rpcVerb` is forwarded frame by frame; any other becomes a method of `OnInvoke`,
 * whose status is mapped to HTTP with the status as JSON body. The app's certificate is not verified.
 */
export function grpcChannel(options: GrpcChannelOptions): AppChannel {
  const { address, protocol, apiToken, maxConcurrency = 0, maxBodyBytes } = options;
  const connect = (): Client =>
    new Client(address, protocol === 'grpcs' ? insecureTls() : credentials.createInsecure(), {
      'grpc.max_receive_message_length': maxBodyBytes,
      'grpc.max_send_message_length': maxBodyBytes,
      // reconnect soon to an app that was restarted
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
    });
  const clients = clientPool(connect);
  const gate = maxConcurrency > 0 ? concurrencyGate(maxConcurrency) : undefined;

  const send = async (call: Call, message: Message): Promise<Reply> => {
    call.signal.throwIfAborted();
    // a busy app is not unhealthy: health checks are not limited
    const limiter = message.path === healthPath ? undefined : gate;
    await limiter?.acquire(call.signal);
    const metadata = metadataFor(call, message.headers, apiToken);
    const { client, release } = clients.acquire();
    const done = (): void => {
      release();
      limiter?.release();
    };
    return await exchange(call, message, { client, address, metadata, done });
  };

  return {
    protocol,
    request: (call, message) =>
      message.verb === rpcVerb ? send(call, message) : invoked(send, call, message, maxBodyBytes),
    close() {
      clients.close();
      return Promise.resolve();
    },
  };
}

async function invoked(send: AppChannel['request'], call: Call, request: Message, limit: number): Promise<Reply> {
  const { path, query, headers, body } = request;
  const contentType = headerOf(headers, 'content-type') ?? '';
  const message = {
    method: path.slice(1),
    data: { typeUrl: headerOf(headers, anyTypeHeader) ?? '', value: await readBody(body, limit) },
    contentType,
    httpExtension: { verb: verbs.get(request.verb) ?? HTTPExtension_Verb.NONE, querystring: query },
  };
  try {
    const response = await callApp({ request: send }, call, AppCallback.method.onInvoke, { message, headers });
    const { data, contentType: type } = response.message;
    const typeUrl = data?.typeUrl ? [anyTypeHeader, data.typeUrl] : [];
    const endToEnd = withoutContentType(response.headers);
    const responseHeaders = type === '' ? endToEnd : [...endToEnd, 'content-type', type];
    return { status: 200, headers: [...responseHeaders, ...typeUrl], body: data?.value ?? new Uint8Array(0) };
  } catch (cause) {
    const end = appStatusOf(cause);
    if (end === undefined) throw cause;
    const status = [rpcEndHeader, rpcEndAsHeader(end), 'content-type', 'application/json'];
    return { status: httpOfCode(end.code), headers: status, body: Buffer.from(JSON.stringify(statusJson(end))) };
  }
}

const healthPath = `/${AppCallbackHealthCheck.typeName}/HealthCheck`;
const verbs = new Map(
  Object.entries(HTTPExtension_Verb).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])),
);

function withoutContentType(headers: readonly string[]): readonly string[] {
  return headers.filter((_, i) => headers[i - (i % 2)] !== 'content-type');
}

const detailTypes = createRegistry(ErrorInfoSchema, ResourceInfoSchema, BadRequestSchema, HelpSchema);

function statusJson({ code, message, trailers }: RpcEnd): object {
  const plain = { code, message, details: [] };
  const binary = headerOf(trailers, 'grpc-status-details-bin');
  if (binary === undefined) return plain;
  try {
    const status = fromBinary(StatusSchema, Buffer.from(binary, 'base64'));
    return { ...plain, details: status.details.map((detail) => toJson(AnySchema, detail, { registry: detailTypes })) };
  } catch {
    // details of a type that only the app and its callers know cannot be shown as JSON here
    return plain;
  }
}

function insecureTls() {
  return credentials.createSsl(null, null, null, { rejectUnauthorized: false, checkServerIdentity: () => undefined });
}
