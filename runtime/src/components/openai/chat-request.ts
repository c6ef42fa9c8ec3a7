import type { ConverseRequest, ConversationMessage, Tool } from '#blocks/conversation/conversation-component.ts';
import { formatGoDuration } from '#core/duration.ts';

/** The body of a request for a chat completion, as the reference's client writes it. */
export function chatRequest(model: string, request: ConverseRequest): unknown {
  const { messages, tools, toolChoice, temperature, responseFormat, promptCacheRetentionMs } = request;
  const metadata = {
    ...request.metadata,
    ...(promptCacheRetentionMs === undefined
      ? {}
      : { prompt_cache_retention: formatGoDuration(promptCacheRetentionMs) }),
  };
  return {
    model,
    messages: messages.map(chatMessage),
    temperature,
    ...(tools.length > 0 ? { tools: tools.map(chatTool), tool_choice: toolChoice || 'auto' } : {}),
    ...(responseFormat
      ? {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'response', strict: false, schema: responseFormat },
          },
        }
      : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}

function chatMessage({ role, texts, toolCalls, toolId }: ConversationMessage): unknown {
  // a tool's result must be a single text
  const isOneText = role === 'tool' || texts.length < 2;
  return {
    // not every vendor has the role developer; the reference sends such a message with the role user
    role: role === 'developer' ? 'user' : role,
    content: isOneText ? texts.join('\n') : texts.map((text) => ({ type: 'text', text })),
    ...(toolCalls.length === 0
      ? {}
      : {
          tool_calls: toolCalls.map((call) => ({
            id: call.id,
            type: 'function',
            function: { name: call.name, arguments: call.arguments },
          })),
        }),
    ...(role === 'tool' ? { tool_call_id: toolId } : {}),
  };
}

function chatTool({ name, description, parameters }: Tool): unknown {
  return {
    type: 'function',
    function: { name, ...(description === '' ? {} : { description }), parameters },
  };
}
