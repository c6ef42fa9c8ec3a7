import { type Body, type Message, type Reply, headerOf, isBytes } from '#core/message.ts';
import { rpcVerb } from '#core/rpc-frames.ts';
import { streamNotRepeatable } from './errors.ts';

/** A call that ends with `streamNotRepeatable` as soon as its caller sends a second message. */
export interface OneMessageCall {
  readonly message: Message;
  /** The answer to `message`, wherever the refusal falls: before it or into it. */
  guarded(reply: Promise<Reply>): Promise<Reply>;
}

/**
 * Of a gRPC call that is a stream although its caller did not say so with `dapr-stream`; undefined for any other. As
 * upstream, a call with retries is taken for one of a single message, which could be sent again.
 */
export function ofOneMessage(message: Message): OneMessageCall | undefined {
  const { verb, headers, body } = message;
  if (verb !== rpcVerb || isBytes(body) || headerOf(headers, 'dapr-stream') === 'true') return undefined;
  let refusal: Error | undefined;
  let giveUp = (_cause: Error): void => {};
  const refuse = (cause: Error): void => {
    refusal = cause;
    giveUp(cause);
  };
  // a race against one promise would keep all that was ever waited for
  const orRefused = <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      giveUp = reject;
      work.then(resolve, reject);
      if (refusal) reject(refusal);
    });
  return {
    message: { ...message, body: first(body, refuse) },
    async guarded(asked) {
      const reply = await orRefused(asked);
      return { ...reply, body: piecesUntil(reply.body, orRefused) };
    },
  };
}

async function* first(
  body: AsyncIterable<Uint8Array>,
  refuse: (cause: Error) => void,
): AsyncGenerator<Uint8Array, void> {
  let count = 0;
  // one message is one piece
  for await (const piece of body) {
    if (++count > 1) {
      const refusal = streamNotRepeatable();
      refuse(refusal);
      throw refusal;
    }
    yield piece;
  }
}

async function* piecesUntil(
  body: Body,
  orRefused: <T>(work: Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array, void> {
  if (isBytes(body)) {
    yield body;
    return;
  }
  const pieces = body[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await orRefused(pieces.next());
      isOver = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    if (!isOver) void Promise.resolve(pieces.return?.()).catch(() => {});
  }
}
