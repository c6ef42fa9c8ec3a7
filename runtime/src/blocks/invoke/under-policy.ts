import type { Call } from '#core/call.ts';
import { type Message, type Reply, isBytes } from '#core/message.ts';
import type { Policy } from '#core/policy.ts';

export interface PolicyCall {
  readonly target: string;
  readonly message: Message;
  readonly send: (call: Call) => Promise<Reply>;
}

/** A call under the user's policy. Whatever the app answered last is the reply, even when the policy calls it a failure. */
export function underPolicy(call: Call, policy: Policy, { target, message, send }: PolicyCall): Promise<Reply> {
  let refused: Reply | undefined;
  return policy(call, callName(target, message), async (inner, _attempt, notes) => {
    if (refused) await letGo(refused);
    // a stream is sent only once, whatever comes of it
    if (!isBytes(message.body)) notes.last();
    const reply = await send(inner);
    if (reply.status >= 200 && reply.status <= 399) return reply;
    notes.failed({ http: reply.status });
    refused = reply;
    return reply;
  });
}

/** What is done, for records. */
export function callName(target: string, { verb, path }: Message): string {
  return `${verb} ${target}${path}`;
}

/** Nobody will read this answer: its connection is free again, or ends. */
async function letGo({ body }: Reply): Promise<void> {
  if (!isBytes(body)) await body[Symbol.asyncIterator]().return?.();
}
