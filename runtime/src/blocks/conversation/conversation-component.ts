import type { Call } from '#core/call.ts';

/** One message of a conversation. */
export interface ConversationMessage {
  readonly role: 'user' | 'system' | 'developer' | 'assistant' | 'tool';
  readonly name: string;
  readonly texts: readonly string[];
  /** The tool calls that the assistant requested. */
  readonly toolCalls: readonly ToolCall[];
  /** The call to which a tool's message is the result; empty otherwise. */
  readonly toolId: string;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote them, usually JSON. */
  readonly arguments: string;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** A JSON schema. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ConverseRequest {
  readonly contextId: string | undefined;
  readonly messages: readonly ConversationMessage[];
  readonly tools: readonly Tool[];
  /** `auto`, `none`, `required` or the name of a tool. */
  readonly toolChoice: string | undefined;
  readonly temperature: number;
  /** A JSON schema of the model's response. */
  readonly responseFormat?: Readonly<Record<string, unknown>>;
  /** How long the model's vendor may cache the prompt, to respond to the next one faster. */
  readonly promptCacheRetentionMs?: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ConverseReply {
  readonly contextId: string | undefined;
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: string;
  readonly model?: string;
  /** In tokens; absent when the model does not count them. */
  readonly usage?: { readonly prompt: number; readonly completion: number };
}

/** A language model, or a replacement for one. */
export interface ConversationComponent {
  /** Rejects with an Error that describes the failure. */
  converse(call: Call, request: ConverseRequest): Promise<ConverseReply>;
  close(): Promise<void>;
}
