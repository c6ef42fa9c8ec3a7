import type {
  ConverseRequest,
  ConversationComponent,
  ConversationMessage,
  Tool,
  ToolCall,
} from '#blocks/conversation/conversation-component.ts';
import type { Factory } from '#core/component.ts';

/** `conversation.echo`: returns the input messages and calls every tool in the request. For tests. */
export const echoConversation: Factory<ConversationComponent> = () =>
  Promise.resolve({
    converse(_call, { contextId, messages, tools }: ConverseRequest) {
      const text = messages.flatMap(echoed).join('\n');
      const toolCalls = [...tools.map(toolCallFor), ...messages.flatMap((message) => message.toolCalls)];
      const wordCount = countWords(text);
      return Promise.resolve({
        contextId,
        text,
        toolCalls,
        finishReason: toolCalls.length > 0 ? 'tool_calls' : 'stop',
        usage: { prompt: wordCount, completion: wordCount },
      });
    },
    close: () => Promise.resolve(),
  });

function echoed({ role, texts, toolId, name }: ConversationMessage): readonly string[] {
  if (role !== 'tool') return texts;
  return texts.map((text) => `Tool Response for tool ID '${toolId}' with name '${name}': ${text}`);
}

/** The arguments are the names of the parameters. */
function toolCallFor({ name, parameters }: Tool, at: number): ToolCall {
  const { properties } = parameters;
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties).sort() : [];
  return { id: String(at), name, arguments: names.join(',') };
}

function countWords(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}
