import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import type { Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from '#gen/grpc/reflection/v1alpha/reflection_pb.ts';

const responseTimeoutMs = 4000;

/** The full names of the services behind a socket, by gRPC reflection. Rejects when there is no response. */
export async function servicesAt(socket: string, clock: Clock): Promise<ReadonlySet<string>> {
  const client = new Client(`unix://${socket}`, credentials.createInsecure(), {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.use_local_subchannel_pool': 1,
  });
  const timeoutError = (): Error =>
    new Error(`no response to gRPC reflection at ${socket} within ${responseTimeoutMs} ms`);
  try {
    return await withTimeout(clock, responseTimeoutMs, () => listServices(client), timeoutError);
  } catch (cause) {
    throw new Error(`the services of the component at ${socket} cannot be listed: ${textOf(cause)}`, { cause });
  } finally {
    client.close();
  }
}

function listServices(client: Client): Promise<ReadonlySet<string>> {
  return new Promise((resolve, reject) => {
    // it may still be starting
    client.waitForReady(Infinity, (error) => {
      if (error) return reject(error);
      const stream = client.makeBidiStreamRequest(
        `/${ServerReflection.typeName}/ServerReflectionInfo`,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => fromBinary(ServerReflectionResponseSchema, bytes).messageResponse,
      );
      stream.on('error', reject);
      stream.on('end', () => reject(new Error('empty response')));
      stream.on('data', (response: ReflectionResponse) => {
        stream.end();
        if (response.case !== 'listServicesResponse')
          return reject(new Error(response.value?.errorMessage ?? 'empty response'));
        resolve(new Set(response.value.service.map(({ name }) => name)));
      });
      const request = create(ServerReflectionRequestSchema, { messageRequest: { case: 'listServices', value: '*' } });
      stream.write(Buffer.from(toBinary(ServerReflectionRequestSchema, request)));
    });
  });
}

type ReflectionResponse = ReturnType<typeof fromBinary<typeof ServerReflectionResponseSchema>>['messageResponse'];
