import type { Call } from '#core/call.ts';
import type { BindingEvent } from './binding.ts';

/** The app's response to an event: it may forward data to other bindings and save state. */
export interface BindingResponse {
  /** The response body, for bindings that pass it on. */
  readonly body: Uint8Array;
  /** Output bindings that get `data` with the operation `create`. */
  readonly to: readonly string[];
  readonly data: Uint8Array;
  readonly isParallel: boolean;
  readonly storeName: string;
  readonly states: readonly { readonly key: string; readonly value: Uint8Array }[];
}

/** The user's program, as input bindings use it. */
export interface BindingApp {
  /** Whether the app subscribes to the binding at `path`. */
  listensTo(call: Call, name: string, path: string): Promise<boolean>;
  /** Rejects with `bindingEventRejected` when the app did not accept the event. */
  deliver(
    call: Call,
    binding: { readonly name: string; readonly path: string },
    event: BindingEvent,
  ): Promise<BindingResponse>;
}
