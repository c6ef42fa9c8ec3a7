import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Loaded } from '#core/component.ts';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import type {
  ConverseReply,
  ConverseRequest,
  ConversationComponent,
  ConversationMessage,
} from './conversation-component.ts';
import { conversationFailed, conversationInputsMissing, conversationNotFound } from './errors.ts';
import { scrubbed } from './scrub.ts';
import { checkToolChoice, conversationMessages, toolsOf } from './conversation-messages.ts';
import type { Converse, ConverseAlpha1, Conversed, ConversedAlpha1 } from './wire.ts';

/** Conversations with language models, for the HTTP and the gRPC API. */
export interface ConversationBlock {
  /** The alpha1 form: texts in, one text out. */
  converseAlpha1<Value>(call: Call, request: ConverseAlpha1<Value>): Promise<ConversedAlpha1<Value>>;
  /** The alpha2 form: messages with roles, and tools. */
  converse(call: Call, request: Converse): Promise<Conversed>;
}

export interface ConversationOptions {
  readonly components: ReadonlyMap<string, Loaded<ConversationComponent>>;
  readonly recorder: Recorder;
}

/** The role names of the alpha1 form; any other is a user. */
const firstFormRoles: Readonly<Record<string, ConversationMessage['role']>> = {
  system: 'system',
  assistant: 'assistant',
  ai: 'assistant',
};

export function conversationBlock({ components, recorder }: ConversationOptions): ConversationBlock {
  const componentFor = (name: string, inputs: readonly unknown[]): ConversationComponent => {
    const loaded = components.get(name);
    if (!loaded) throw conversationNotFound(name);
    if (inputs.length === 0) throw conversationInputsMissing(name);
    return loaded.port;
  };

  const send = (
    call: Call,
    name: string,
    component: ConversationComponent,
    request: ConverseRequest,
  ): Promise<ConverseReply> =>
    // the content of messages is not recorded: it is private, and may be long
    recorder.record(
      call,
      { kind: 'converse', name, attributes: { messages: request.messages.length } },
      async (inner) => {
        try {
          return await component.converse(inner, request);
        } catch (cause) {
          if (cause instanceof RuntimeError) throw cause;
          throw withCause(conversationFailed(name, textOf(cause)), cause);
        }
      },
    );

  return {
    async converseAlpha1(call, request) {
      const { name, inputs, contextID, parameters, temperature = 0 } = request;
      const component = componentFor(name, inputs);
      const messages = inputs.map(({ content, role = '', scrubPII }) => ({
        role: firstFormRoles[role] ?? 'user',
        name: '',
        texts: [scrubPII ? scrubbed(content) : content],
        toolCalls: [],
        toolId: '',
      }));
      // the alpha1 form's metadata is for component authors, and no component uses it
      const plain = { tools: [], toolChoice: undefined, contextId: contextID, temperature, metadata: {} };
      const reply = await send(call, name, component, { ...plain, messages });
      const result = request.scrubPII ? scrubbed(reply.text) : reply.text;
      return { contextID: reply.contextId, outputs: [{ result, parameters }] };
    },

    async converse(call, request) {
      const { name, inputs, contextId, metadata, toolChoice, temperature = 0 } = request;
      const { responseFormat, promptCacheRetention: retention } = request;
      const component = componentFor(name, inputs);
      const messages = conversationMessages(name, inputs);
      const tools = toolsOf(request.tools);
      checkToolChoice(name, toolChoice, tools);
      const reply = await send(call, name, component, {
        contextId,
        messages,
        tools,
        toolChoice,
        temperature,
        metadata,
        ...(responseFormat ? { responseFormat } : {}),
        ...(retention ? { promptCacheRetentionMs: Number(retention.seconds) * 1000 + retention.nanos / 1e6 } : {}),
      });
      return conversedOf(reply, request.scrubPii ? scrubbed(reply.text) : reply.text);
    },
  };
}

function conversedOf({ contextId, toolCalls, finishReason, model, usage }: ConverseReply, content: string): Conversed {
  const message = {
    content,
    toolCalls: toolCalls.map(({ id, name, arguments: argumentsText }) => ({
      ...(id === '' ? {} : { id }),
      toolTypes: { case: 'function' as const, value: { name, arguments: argumentsText } },
    })),
  };
  return {
    contextId,
    outputs: [
      {
        choices: [{ finishReason, index: 0n, message }],
        ...(model === undefined ? {} : { model }),
        ...(usage === undefined
          ? {}
          : {
              usage: {
                completionTokens: BigInt(usage.completion),
                promptTokens: BigInt(usage.prompt),
                totalTokens: BigInt(usage.prompt + usage.completion),
              },
            }),
      },
    ],
  };
}
