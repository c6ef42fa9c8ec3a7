import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Loaded } from '#core/component.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type { ConverseReply, ConverseRequest, Converser } from './converser.ts';
import { conversationFailed, conversationInputsMissing, conversationNotFound } from './errors.ts';
import { scrubbed } from './scrub.ts';
import { checkToolChoice, spokenMessages, toolsOf } from './spoken.ts';
import type { Converse, ConverseAlpha1, Conversed, ConversedAlpha1 } from './wire.ts';

/** Talking to language models, as both doors see it. */
export interface ConversationBlock {
  /** The first form of the wire: texts in, one text out. */
  converseAlpha1<Value>(call: Call, request: ConverseAlpha1<Value>): Promise<ConversedAlpha1<Value>>;
  /** The second form: messages with roles, and tools. */
  converse(call: Call, request: Converse): Promise<Conversed>;
}

export interface ConversationOptions {
  readonly conversers: ReadonlyMap<string, Loaded<Converser>>;
  readonly recorder: Recorder;
}

export function conversationBlock({ conversers, recorder }: ConversationOptions): ConversationBlock {
  const converserFor = (name: string, inputs: readonly unknown[]): Converser => {
    const found = conversers.get(name);
    if (!found) throw conversationNotFound(name);
    if (inputs.length === 0) throw conversationInputsMissing(name);
    return found.port;
  };

  const ask = (call: Call, name: string, converser: Converser, request: ConverseRequest): Promise<ConverseReply> =>
    // what is said is kept out of the record: it is nobody's business, and may be long
    recorder.record(
      call,
      { kind: 'converse', name, attributes: { messages: request.messages.length } },
      async (inner) => {
        try {
          return await converser.converse(inner, request);
        } catch (cause) {
          if (cause instanceof RuntimeError) throw cause;
          throw withCause(conversationFailed(name, textOf(cause)), cause);
        }
      },
    );

  return {
    async converseAlpha1(call, request) {
      const { name, inputs, contextID, parameters, metadata, temperature = 0 } = request;
      const converser = converserFor(name, inputs);
      const messages = inputs.map(({ content, scrubPII }) => ({
        role: 'user' as const,
        name: '',
        texts: [scrubPII ? scrubbed(content) : content],
        toolCalls: [],
        toolId: '',
      }));
      const plain = { tools: [], toolChoice: undefined, contextId: contextID, temperature, metadata };
      const reply = await ask(call, name, converser, { ...plain, messages });
      const result = request.scrubPII ? scrubbed(reply.text) : reply.text;
      return { contextID: reply.contextId, outputs: [{ result, parameters }] };
    },

    async converse(call, request) {
      const { name, inputs, contextId, metadata, toolChoice, temperature = 0 } = request;
      const converser = converserFor(name, inputs);
      const messages = spokenMessages(name, inputs);
      const tools = toolsOf(request.tools);
      checkToolChoice(name, toolChoice, tools);
      const reply = await ask(call, name, converser, { contextId, messages, tools, toolChoice, temperature, metadata });
      return conversedOf(reply, request.scrubPii ? scrubbed(reply.text) : reply.text);
    },
  };
}

function conversedOf({ contextId, toolCalls, finishReason, model, usage }: ConverseReply, content: string): Conversed {
  const message = {
    content,
    toolCalls: toolCalls.map(({ id, name, arguments: given }) => ({
      ...(id === '' ? {} : { id }),
      toolTypes: { case: 'function' as const, value: { name, arguments: given } },
    })),
  };
  return {
    contextId,
    outputs: [
      {
        choices: [{ finishReason, index: 0n, message }],
        ...(model === undefined ? {} : { model }),
        usage: {
          completionTokens: BigInt(usage.completion),
          promptTokens: BigInt(usage.prompt),
          totalTokens: BigInt(usage.prompt + usage.completion),
        },
      },
    ],
  };
}
