import type { ConverseReply, ToolCall } from '#blocks/conversation/conversation-component.ts';

type Completion = Pick<ConverseReply, 'text' | 'toolCalls' | 'finishReason' | 'usage'>;

const maxMessageLength = 2000;

/** Parses a chat completion. Throws an Error with the server's message, without `secrets`, for any other response. */
export function readCompletion(status: number, text: string, secrets: readonly string[] = []): Completion {
  const body = parsed(text);
  if (status !== 200) {
    let message = textAt(record(body['error']), 'message') || textAt(body, 'error') || text;
    for (const secret of secrets) message = message.replaceAll(secret, '***');
    throw new Error(`API returned unexpected status code: ${status}: ${message.slice(0, maxMessageLength)}`);
  }
  const choices = Array.isArray(body['choices']) ? body['choices'] : [];
  if (choices.length === 0) throw new Error('empty response');
  const choice = record(choices[0]);
  const message = record(choice['message']);
  const usage = record(body['usage']);
  const tokens = { prompt: countAt(usage, 'prompt_tokens'), completion: countAt(usage, 'completion_tokens') };
  return {
    text: textAt(message, 'content'),
    toolCalls: Array.isArray(message['tool_calls']) ? message['tool_calls'].map(toolCallOf) : [],
    finishReason: textAt(choice, 'finish_reason') || 'unknown',
    ...(tokens.prompt + tokens.completion > 0 ? { usage: tokens } : {}),
  };
}

function toolCallOf(value: unknown): ToolCall {
  const call = record(value);
  const called = record(call['function']);
  return { id: textAt(call, 'id'), name: textAt(called, 'name'), arguments: textAt(called, 'arguments') };
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): Fields {
  try {
    return record(JSON.parse(text));
  } catch {
    return {};
  }
}

function record(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textAt(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

function countAt(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === 'number' && value >= 0 && value <= 0xffff_ffff ? Math.trunc(value) : 0;
}
