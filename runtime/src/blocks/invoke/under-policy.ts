import type { Call } from '#core/call.ts';
import { type Message, type Reply, isBytes, readBody } from '#core/message.ts';
import type { AttemptStatus, Policy } from '#core/policy.ts';
import { isRpcEnd, rpcEndOf, rpcParts, rpcVerb } from '#core/rpc-frames.ts';
import { asSingleMessageCall } from './single-message-call.ts';

export interface PolicyCall {
  readonly target: string;
  readonly message: Message;
  /** Sends `message`, or its replacement. */
  readonly send: (call: Call, message: Message) => Promise<Reply>;
}

/**
 * A call under the user's policy. The last response of the app is the reply, even when the policy counts it as a
 * failure.
 */
export function underPolicy(call: Call, policy: Policy, { target, message, send }: PolicyCall): Promise<Reply> {
  let failedReply: Reply | undefined;
  return policy(call, callName(target, message), async (inner, _attempt, notes) => {
    if (failedReply) await releaseBody(failedReply);
    // a stream is sent only once, whatever its outcome
    if (!isBytes(message.body)) notes.last();
    const single = notes.mayRepeat === true ? asSingleMessageCall(message) : undefined;
    const sent = single ? single.guarded(send(inner, single.message)) : send(inner, message);
    const { reply, failure } = await classified(message, await sent);
    if (!failure) return reply;
    notes.failed(failure);
    failedReply = reply;
    return reply;
  });
}

/**
 * A gRPC call of known length is read to its end, since only the trailers give its outcome; of a stream only the head
 * counts.
 */
async function classified(message: Message, reply: Reply): Promise<{ reply: Reply; failure?: AttemptStatus }> {
  if (message.verb === rpcVerb) {
    if (!isBytes(message.body)) return { reply };
    const body = await readBody(reply.body);
    for await (const part of rpcParts(body))
      if (isRpcEnd(part) && part.code !== 0) return { reply: { ...reply, body }, failure: { grpc: part.code } };
    return { reply: { ...reply, body } };
  }
  if (reply.status >= 200 && reply.status <= 399) return { reply };
  const end = rpcEndOf(reply);
  return { reply, failure: end ? { grpc: end.code } : { http: reply.status } };
}

/** Name of the activity. */
export function callName(target: string, { verb, path }: Message): string {
  return `${verb} ${target}${path}`;
}

/** Releases the connection of a response that is not read. */
async function releaseBody({ body }: Reply): Promise<void> {
  if (!isBytes(body)) await body[Symbol.asyncIterator]().return?.();
}
