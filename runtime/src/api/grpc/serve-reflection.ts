import type { Server, ServerDuplexStream } from '@grpc/grpc-js';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { OpenRpc } from './open-rpc.ts';
import type { RpcDoor } from './open-rpc.ts';

/** Both versions have the same messages, field by field. */
const names = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];

type Raw = ServerDuplexStream<Buffer, Buffer>;

/** Lets tools ask the server which services it has. What answers them is loaded when the first one asks. */
export function serveReflection(server: Server, door: RpcDoor): void {
  for (const name of names) {
    const path = `/${name}/ServerReflectionInfo`;
    const handler = (raw: Raw): void => {
      const open = new OpenRpc(path, raw, door, { isStream: true });
      void open.answerAll(() => answers(raw, open), raw);
    };
    server.register(path, handler, same, same, 'bidi');
  }
}

async function* answers(raw: Raw, open: OpenRpc): AsyncGenerator<Buffer, void> {
  const { reflection } = await import('./reflection.ts');
  const answer = reflection([Dapr], names);
  // left as it is by whoever stops reading: to return it would destroy the stream, which has yet to carry the status
  const questions: AsyncIterator<Buffer, unknown> = (raw as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  for (;;) {
    const next = await open.orAborted(questions.next());
    if (next.done === true) return;
    open.received(next.value.length);
    const bytes = answer(next.value);
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
