/**
 * Requests and responses in the shape of Dapr's messages: decoded messages are assignable to these types, and values of
 * them can be encoded.
 */
export interface ConverseAlpha1<Value> {
  readonly name: string;
  readonly contextID?: string;
  readonly inputs: readonly { readonly content: string; readonly role?: string; readonly scrubPII?: boolean }[];
  /** Returned unchanged. */
  readonly parameters: { [name: string]: Value };
  readonly metadata: { [name: string]: string };
  readonly scrubPII?: boolean;
  readonly temperature?: number;
}

export interface ConversedAlpha1<Value> {
  readonly contextID: string | undefined;
  readonly outputs: { readonly result: string; readonly parameters: { [name: string]: Value } }[];
}

interface MessageContent {
  readonly name?: string;
  readonly content: readonly { readonly text: string }[];
}

export interface WireToolCall {
  readonly id?: string;
  readonly toolTypes:
    | { readonly case: 'function'; readonly value: { readonly name: string; readonly arguments: string } }
    | { readonly case: undefined; readonly value?: undefined };
}

/** Exactly one kind of message, named by `case`. */
export type WireMessage =
  | { readonly case: 'ofDeveloper' | 'ofSystem' | 'ofUser'; readonly value: MessageContent }
  | { readonly case: 'ofAssistant'; readonly value: MessageContent & { readonly toolCalls: readonly WireToolCall[] } }
  | { readonly case: 'ofTool'; readonly value: MessageContent & { readonly toolId?: string } }
  | { readonly case: undefined; readonly value?: undefined };

export interface WireTool {
  readonly toolTypes:
    | {
        readonly case: 'function';
        readonly value: {
          readonly name: string;
          readonly description?: string;
          readonly parameters?: Readonly<Record<string, unknown>>;
        };
      }
    | { readonly case: undefined; readonly value?: undefined };
}

export interface Converse {
  readonly name: string;
  readonly contextId?: string;
  readonly inputs: readonly {
    readonly messages: readonly { readonly messageTypes: WireMessage }[];
    readonly scrubPii?: boolean;
  }[];
  readonly metadata: { [name: string]: string };
  readonly scrubPii?: boolean;
  readonly temperature?: number;
  readonly tools: readonly WireTool[];
  readonly toolChoice?: string;
  /** A JSON schema of the model's response. */
  readonly responseFormat?: Readonly<Record<string, unknown>>;
  readonly promptCacheRetention?: { readonly seconds: bigint; readonly nanos: number };
}

export interface Conversed {
  readonly contextId: string | undefined;
  readonly outputs: {
    readonly choices: {
      readonly finishReason: string;
      readonly index: bigint;
      readonly message: {
        readonly content: string;
        readonly toolCalls: {
          readonly id?: string;
          readonly toolTypes: {
            readonly case: 'function';
            readonly value: { readonly name: string; readonly arguments: string };
          };
        }[];
      };
    }[];
    readonly model?: string;
    readonly usage?: {
      readonly completionTokens: bigint;
      readonly promptTokens: bigint;
      readonly totalTokens: bigint;
    };
  }[];
}
