import type { ConversationMessage, Tool, ToolCall } from './conversation-component.ts';
import { conversationParamsInvalid } from './errors.ts';
import { scrubbed } from './scrub.ts';
import type { Converse, WireMessage, WireTool, WireToolCall } from './wire.ts';

/** All messages of all inputs, in order. Throws `conversationParamsInvalid` for one without a type. */
export function conversationMessages(component: string, inputs: Converse['inputs']): readonly ConversationMessage[] {
  return inputs.flatMap(({ messages, scrubPii }) =>
    messages.map(({ messageTypes }) =>
      conversationMessage(component, messageTypes, scrubPii ? scrubbed : (text) => text),
    ),
  );
}

export function toolsOf(tools: readonly WireTool[]): readonly Tool[] {
  return tools.flatMap(({ toolTypes }) => {
    if (toolTypes.case === undefined) return [];
    const { name, description = '', parameters = {} } = toolTypes.value;
    return [{ name, description, parameters }];
  });
}

/** A choice must be one of the predefined values or the name of a given tool. */
export function checkToolChoice(component: string, choice: string | undefined, tools: readonly Tool[]): void {
  if (choice === undefined || ['', 'auto', 'none'].includes(choice)) return;
  const choices = "'auto', 'none', 'required', or a specific tool name matching the tools available to be used";
  if (tools.length === 0) throw conversationParamsInvalid(component, `tool choice must be ${choices}`);
  if (choice === 'required' || tools.some(({ name }) => name === choice)) return;
  throw conversationParamsInvalid(component, `tool choice selected was not found. Must be ${choices}`);
}

function conversationMessage(
  component: string,
  message: WireMessage,
  clean: (text: string) => string,
): ConversationMessage {
  if (message.case === undefined) throw conversationParamsInvalid(component, 'message type cannot be nil');
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
  if (toolTypes.case === undefined) throw conversationParamsInvalid(component, 'tool types cannot be nil');
  return { id, name: toolTypes.value.name, arguments: toolTypes.value.arguments };
}
