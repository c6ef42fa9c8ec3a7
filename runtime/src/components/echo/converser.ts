import type { ConverseRequest, Converser, SpokenMessage, Tool, ToolCall } from '#blocks/conversation/converser.ts';
import type { Factory } from '#core/component.ts';

/** `conversation.echo`: says back what it was told, and calls every tool it is shown. For tests, of apps too. */
export const echoConverser: Factory<Converser> = () =>
  Promise.resolve({
    converse(_call, { contextId, messages, tools }: ConverseRequest) {
      const text = messages.flatMap(echoed).join('\n');
      const toolCalls = [...tools.map(called), ...messages.flatMap((message) => message.toolCalls)];
      const words = wordsIn(text);
      return Promise.resolve({
        contextId,
        text,
        toolCalls,
        finishReason: toolCalls.length > 0 ? 'tool_calls' : 'stop',
        usage: { prompt: words, completion: words },
      });
    },
    close: () => Promise.resolve(),
  });

function echoed({ role, texts, toolId, name }: SpokenMessage): readonly string[] {
  if (role !== 'tool') return texts;
  return texts.map((text) => `Tool Response for tool ID '${toolId}' with name '${name}': ${text}`);
}

/** With the names of its parameters in the place of values. */
function called({ name, parameters }: Tool, at: number): ToolCall {
  const { properties } = parameters;
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties).sort() : [];
  return { id: String(at), name, arguments: names.join(',') };
}

function wordsIn(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}
