import type { Call } from '#core/call.ts';
import type { BindingEvent } from './binding.ts';

/** What an app may say to an event: pass something on to other bindings, and keep something. */
export interface BindingResponse {
  /** The answer as it came, for bindings that have somebody to give it to. */
  readonly body: Uint8Array;
  /** Output bindings that get `data` with the operation `create`. */
  readonly to: readonly string[];
  readonly data: Uint8Array;
  readonly isParallel: boolean;
  readonly storeName: string;
  readonly states: readonly { readonly key: string; readonly value: Uint8Array }[];
}

/** The user's program, as input bindings see it. */
export interface BindingApp {
  /** Whether the app listens to the binding at `path`. */
  listensTo(call: Call, name: string, path: string): Promise<boolean>;
  /** Rejects with `bindingEventRefused` when the app did not take the event. */
  deliver(
    call: Call,
    binding: { readonly name: string; readonly path: string },
    event: BindingEvent,
  ): Promise<BindingResponse>;
}
