import type { Call } from '#core/call.ts';

/** One operation on an external system, requested by the app. */
export interface OperationRequest {
  /** One of the binding's `operations`. */
  readonly operation: string;
  readonly data: Uint8Array;
  /** Names as the caller wrote them; `traceparent`, `tracestate` and `baggage` are those of the call. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface OperationReply {
  readonly data?: Uint8Array;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The external system responded with an error: the caller gets an error with this reason and the metadata. */
  readonly rejection?: string;
}

/** An external system that executes operations for the app. */
export interface OutputBinding {
  /** In the order in which an error lists them. */
  readonly operations: readonly string[];
  /** Undefined when the operation has no result. Rejects with an Error that describes the failure. */
  invoke(call: Call, request: OperationRequest): Promise<OperationReply | undefined>;
  close(): Promise<void>;
}

/** An event of an external system, for the app. */
export interface BindingEvent {
  readonly data: Uint8Array;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Resolves to the app's response; rejects when the app did not accept the event. The binding decides what happens then.
 */
export type BindingEventHandler = (event: BindingEvent) => Promise<Uint8Array>;

export interface BindingReading {
  /** Accepts no new events and waits for running ones, at most `drainMs`. */
  close(drainMs: number): Promise<void>;
}

/** An external system that sends events to the app. */
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

/** What the component's `direction` metadata allows; without it the binding has every direction that it implements. */
export function directionsOf(metadata: Readonly<Record<string, string>>): {
  readonly isInput: boolean;
  readonly isOutput: boolean;
  /** True when `direction` names input, so that the app need not be probed. */
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
