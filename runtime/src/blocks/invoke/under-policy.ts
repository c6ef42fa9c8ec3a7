import type { Call } from '#core/call.ts';
import { type Message, type Reply, isBytes, readBody } from '#core/message.ts';
import type { AttemptStatus, Policy } from '#core/policy.ts';
import { isRpcEnd, rpcEndOf, rpcParts, rpcVerb } from '#core/rpc-frames.ts';
import { asSingleMessageCall } from './single-message-call.ts';

export interface PolicyCall {
  readonly target: string;
  readonly message: Message;
  /** Sends `message`, or what takes its place. */
  readonly send: (call: Call, message: Message) => Promise<Reply>;
}

/** A call under the user's policy. Whatever the app answered last is the reply, even when the policy calls it a failure. */
export function underPolicy(call: Call, policy: Policy, { target, message, send }: PolicyCall): Promise<Reply> {
  let failedReply: Reply | undefined;
  return policy(call, callName(target, message), async (inner, _attempt, notes) => {
    if (failedReply) await releaseBody(failedReply);
    // a stream is sent only once, whatever comes of it
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

/** A gRPC call of known length is waited for to its end, since only that tells how it went; of a stream only the head counts. */
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

/** What is done, for records. */
export function callName(target: string, { verb, path }: Message): string {
  return `${verb} ${target}${path}`;
}

/** Nobody will read this answer: its connection is free again, or ends. */
async function releaseBody({ body }: Reply): Promise<void> {
  if (!isBytes(body)) await body[Symbol.asyncIterator]().return?.();
}
