import type { SpokenMessage, Tool, ToolCall } from './converser.ts';
import { conversationRefused } from './errors.ts';
import { scrubbed } from './scrub.ts';
import type { Converse, WireMessage, WireTool, WireToolCall } from './wire.ts';

/** All messages of all inputs, in their order. Throws `conversationRefused` for one that is of no kind. */
export function spokenMessages(component: string, inputs: Converse['inputs']): readonly SpokenMessage[] {
  return inputs.flatMap(({ messages, scrubPii }) =>
    messages.map(({ messageTypes }) => spoken(component, messageTypes, scrubPii ? scrubbed : (text) => text)),
  );
}

export function toolsOf(tools: readonly WireTool[]): readonly Tool[] {
  return tools.flatMap(({ toolTypes }) => {
    if (toolTypes.case === undefined) return [];
    const { name, description = '', parameters = {} } = toolTypes.value;
    return [{ name, description, parameters }];
  });
}

/** A choice must be one of the wire's words or the name of a tool at hand. */
export function checkToolChoice(component: string, choice: string | undefined, tools: readonly Tool[]): void {
  if (choice === undefined || ['', 'auto', 'none'].includes(choice)) return;
  const words = "'auto', 'none', 'required', or a specific tool name matching the tools available to be used";
  if (tools.length === 0) throw conversationRefused(component, `tool choice must be ${words}`);
  if (choice === 'required' || tools.some(({ name }) => name === choice)) return;
  throw conversationRefused(component, `tool choice selected was not found. Must be ${words}`);
}

function spoken(component: string, message: WireMessage, clean: (text: string) => string): SpokenMessage {
  if (message.case === undefined) throw conversationRefused(component, 'message type cannot be nil');
  const { name = '', content } = message.value;
  const common = { name, texts: content.map(({ text }) => clean(text)), toolCalls: [], toolId: '' };
  switch (message.case) {
    case 'ofUser':
      return { ...common, role: 'user' };
    case 'ofSystem':
      return { ...common, role: 'system' };
    case 'ofDeveloper':
      return { ...common, role: 'developer' };
    case 'ofAssistant': {
      const toolCalls = message.value.toolCalls.map((call) => calledTool(component, call));
      return { ...common, role: 'assistant', toolCalls };
    }
    case 'ofTool':
      return { ...common, role: 'tool', toolId: message.value.toolId ?? '' };
  }
}

function calledTool(component: string, { id = '', toolTypes }: WireToolCall): ToolCall {
  if (toolTypes.case === undefined) throw conversationRefused(component, 'tool types cannot be nil');
  return { id, name: toolTypes.value.name, arguments: toolTypes.value.arguments };
}
