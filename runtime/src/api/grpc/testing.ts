import { create, createRegistry, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import type { DescMethodUnary, JsonValue, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { CallOptions, ServiceError } from '@grpc/grpc-js';
import { seededRandom } from '#core/random.ts';
import { silentLog } from '#core/log.ts';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { BadRequestSchema, ErrorInfoSchema, HelpSchema, ResourceInfoSchema } from '#gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '#gen/google/rpc/status_pb.ts';
import { systemClock } from '#host/process/clock.ts';
import { grpcServer } from './server.ts';
import type { DaprRpcs, GrpcServerOptions } from './server.ts';

type Methods = (typeof Dapr)['method'];
type UnaryName = { [Name in keyof Methods]: Methods[Name]['methodKind'] extends 'unary' ? Name : never }[keyof Methods];

export interface UnaryResult<Name extends UnaryName> {
  /** The number of the status, 0 for success. */
  readonly code: number;
  readonly text: string;
  /** Details of the status, as the HTTP API would return them. */
  readonly details: readonly JsonValue[];
  /** Undefined when the call failed. */
  readonly message: MessageShape<Methods[Name]['output']> | undefined;
  readonly headers: Metadata;
}

/** A client of the `Dapr` service. */
export interface DaprCaller {
  readonly client: Client;
  readonly call: <Name extends UnaryName>(
    name: Name,
    message: MessageInitShape<Methods[Name]['input']>,
    options?: CallOptions & { readonly metadata?: Readonly<Record<string, string | Buffer>> },
  ) => Promise<UnaryResult<Name>>;
  readonly close: () => void;
}

export function daprCaller(port: number): DaprCaller {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    client,
    close: () => client.close(),
    call(name, message, { metadata = {}, ...options } = {}) {
      const method = Dapr.method[name] as unknown as DescMethodUnary;
      const sent = new Metadata();
      for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
      return new Promise((resolve) => {
        let headers = new Metadata();
        const raw = client.makeUnaryRequest<Uint8Array, Buffer>(
          `/${Dapr.typeName}/${method.name}`,
          (bytes) => Buffer.from(bytes),
          (bytes) => bytes,
          toBinary(method.input, create(method.input, message as MessageInitShape<typeof method.input>)),
          sent,
          options,
          (error, bytes) =>
            resolve({
              code: error?.code ?? 0,
              text: error?.details ?? '',
              details: error ? detailsOf(error) : [],
              message: bytes && (fromBinary(method.output, bytes) as never),
              headers,
            }),
        );
        raw.on('metadata', (received: Metadata) => (headers = received));
      });
    },
  };
}

const registry = createRegistry(ErrorInfoSchema, ResourceInfoSchema, BadRequestSchema, HelpSchema);

function detailsOf(error: ServiceError): readonly JsonValue[] {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (typeof bytes !== 'object') return [];
  const json = toJson(StatusSchema, fromBinary(StatusSchema, bytes), { registry, useProtoFieldName: true });
  return (json as { details?: readonly JsonValue[] }).details ?? [];
}

/** A gRPC server with the given RPCs on a free port, and a client. */
export async function openGrpcServer(rpcs: DaprRpcs, overrides: Partial<GrpcServerOptions> = {}) {
  const server = grpcServer({
    rpcs,
    rules: { allowed: [], denied: [] },
    maxBodyBytes: 100_000,
    samplingRate: 0,
    random: seededRandom(),
    clock: systemClock(),
    log: silentLog,
    ...overrides,
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  const caller = daprCaller(port);
  return {
    ...caller,
    port,
    server,
    async [Symbol.asyncDispose]() {
      caller.close();
      await server.close(1000);
    },
  };
}
