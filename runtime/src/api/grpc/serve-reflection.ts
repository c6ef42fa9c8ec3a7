import type { Server, ServerDuplexStream } from '@grpc/grpc-js';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { OpenRpc } from './open-rpc.ts';
import type { RpcContext } from './open-rpc.ts';

/** Both versions have the same messages, field by field. */
const names = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];

type Raw = ServerDuplexStream<Buffer, Buffer>;

/** Serves reflection requests. The implementation is loaded with the first request. */
export function serveReflection(server: Server, context: RpcContext): void {
  for (const name of names) {
    const path = `/${name}/ServerReflectionInfo`;
    const handler = (raw: Raw): void => {
      const open = new OpenRpc(path, raw, context, { isStream: true });
      void open.respondWithStream(() => respondToAll(raw, open), raw);
    };
    server.register(path, handler, identity, identity, 'bidi');
  }
}

async function* respondToAll(raw: Raw, open: OpenRpc): AsyncGenerator<Buffer, void> {
  const { reflection } = await import('./reflection.ts');
  const respond = reflection([Dapr], names);
  // not returned early: that would destroy the stream, which has yet to carry the status
  const requests: AsyncIterator<Buffer, unknown> = (raw as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  for (;;) {
    const next = await open.orAborted(requests.next());
    if (next.done === true) return;
    open.received(next.value.length);
    const bytes = respond(next.value);
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}
