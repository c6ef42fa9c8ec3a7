import { type Body, type Message, type Reply, headerOf, isBytes } from '#core/message.ts';
import { rpcVerb } from '#core/rpc-frames.ts';
import { streamNotRepeatable } from './errors.ts';

/** A call that fails with `streamNotRepeatable` as soon as its caller sends a second message. */
export interface SingleMessageCall {
  readonly message: Message;
  /** The reply to `message`; a rejection interrupts it before or during its body. */
  guarded(reply: Promise<Reply>): Promise<Reply>;
}

/**
 * For a gRPC call that is a stream although its caller did not mark it with `dapr-stream`; undefined for any other. As
 * upstream, a call with retries is treated as one of a single message, which can be sent again.
 */
export function asSingleMessageCall(message: Message): SingleMessageCall | undefined {
  const { verb, headers, body } = message;
  if (verb !== rpcVerb || isBytes(body) || headerOf(headers, 'dapr-stream') === 'true') return undefined;
  let rejection: Error | undefined;
  let rejectPending = (_cause: Error): void => {};
  const rejectCall = (cause: Error): void => {
    rejection = cause;
    rejectPending(cause);
  };
  // racing against one promise would retain every promise it was raced with
  const unlessRejected = <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      rejectPending = reject;
      work.then(resolve, reject);
      if (rejection) reject(rejection);
    });
  return {
    message: { ...message, body: first(body, rejectCall) },
    async guarded(pending) {
      const reply = await unlessRejected(pending);
      return { ...reply, body: chunksUntilRejected(reply.body, unlessRejected) };
    },
  };
}

async function* first(
  body: AsyncIterable<Uint8Array>,
  rejectCall: (cause: Error) => void,
): AsyncGenerator<Uint8Array, void> {
  let count = 0;
  // one message is one chunk
  for await (const chunk of body) {
    if (++count > 1) {
      const rejection = streamNotRepeatable();
      rejectCall(rejection);
      throw rejection;
    }
    yield chunk;
  }
}

async function* chunksUntilRejected(
  body: Body,
  unlessRejected: <T>(work: Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array, void> {
  if (isBytes(body)) {
    yield body;
    return;
  }
  const chunks = body[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await unlessRejected(chunks.next());
      isOver = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    if (!isOver) void Promise.resolve(chunks.return?.()).catch(() => {});
  }
}
