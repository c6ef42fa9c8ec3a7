import { create, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerDuplexStream, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';

export interface ReceivedRequest {
  readonly path: string;
  readonly request: Buffer;
  readonly metadata: Metadata;
}

type TestResponse = Buffer | { readonly code: number; readonly details: string; readonly metadata?: Metadata };

/** A gRPC app of raw bytes: unary methods by their path, and `echo`, which returns every message of a stream. */
export async function grpcTestApp(methods: Readonly<Record<string, (received: ReceivedRequest) => TestResponse>>) {
  const server = new Server();
  for (const [path, method] of Object.entries(methods)) {
    const handler = (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): void => {
      const response = method({ path, request: call.request, metadata: call.metadata });
      if (Buffer.isBuffer(response)) done(null, response);
      else done({ name: 'Error', message: response.details, ...response });
    };
    server.register(path, handler, same, same, 'unary');
  }
  const echo = (call: ServerDuplexStream<Buffer, Buffer>): void => {
    call.sendMetadata(new Metadata());
    call.on('data', (bytes: Buffer) => call.write(bytes));
    call.on('end', () => {
      const trailers = new Metadata();
      trailers.set('x-trailer', 'last');
      call.end(trailers);
    });
  };
  server.register('/test.Echo/Stream', echo, same, same, 'bidi');
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    port,
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]() {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

export function encoded<Schema extends DescMessage>(schema: Schema, message: MessageInitShape<Schema>): Buffer {
  return Buffer.from(toBinary(schema, create(schema, message)));
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
