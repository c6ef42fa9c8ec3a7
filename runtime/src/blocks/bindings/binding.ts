import type { Call } from '#core/call.ts';

/** One operation on an outside system, asked for by the app. */
export interface OperationRequest {
  /** One of the binding's `operations`. */
  readonly operation: string;
  readonly data: Uint8Array;
  /** Names as the caller wrote them; `traceparent`, `tracestate` and `baggage` are the call's own. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface OperationReply {
  readonly data?: Uint8Array;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The outside system answered, and the answer is a refusal: the caller gets an error with this reason and the metadata. */
  readonly rejection?: string;
}

/** A system that does things for the app. */
export interface OutputBinding {
  /** In the order in which a refusal lists them. */
  readonly operations: readonly string[];
  /** Undefined when there is nothing to tell. Rejects with an Error that says what went wrong. */
  invoke(call: Call, request: OperationRequest): Promise<OperationReply | undefined>;
  close(): Promise<void>;
}

/** Something happened outside that the app wants to hear of. */
export interface BindingEvent {
  readonly data: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Resolves to the app's answer; rejects when the app did not take the event. What then happens is the binding's affair. */
export type BindingEventHandler = (event: BindingEvent) => Promise<Uint8Array>;

export interface BindingReading {
  /** Takes no new events and waits for those under way, at most `drainMs`. */
  close(drainMs: number): Promise<void>;
}

/** A system that tells the app things. */
export interface InputBinding {
  /** Resolves when events can arrive. At most one reading is open at a time. */
  read(handler: BindingEventHandler): Promise<BindingReading>;
  close(): Promise<void>;
}

/** A component of kind `bindings.*` is one of the two, or both. */
export type Binding = InputBinding | OutputBinding;

export function isInputBinding(binding: Binding): binding is InputBinding {
  return 'read' in binding;
}

export function isOutputBinding(binding: Binding): binding is OutputBinding {
  return 'invoke' in binding;
}

/** What the component's `direction` metadata allows; without it the binding is whatever it can be. */
export function directionsOf(metadata: Readonly<Record<string, string>>): {
  readonly isInput: boolean;
  readonly isOutput: boolean;
  /** True when `direction` names input, so that the app need not be asked whether it listens. */
  readonly isInputCertain: boolean;
} {
  const named = (metadata['direction'] ?? '')
    .toLowerCase()
    .split(',')
    .map((direction) => direction.trim())
    .filter((direction) => direction !== '');
  const isInputCertain = named.includes('input');
  return {
    isInput: named.length === 0 || isInputCertain,
    isOutput: named.length === 0 || named.includes('output'),
    isInputCertain,
  };
}
