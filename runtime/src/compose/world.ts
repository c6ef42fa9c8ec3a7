import type { Call } from '#core/call.ts';
import type { Chance } from '#core/chance.ts';
import type { Clock } from '#core/clock.ts';
import type { Log } from '#core/log.ts';
import { newCalls } from '#core/new-call.ts';
import type { Environment } from '#host/config.ts';
import type { HeldPorts } from '#host/held-ports.ts';

/** What a sidecar may use of the world around it. */
export interface World {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly env: Environment;
  /** Of those it is to listen on, if the process has bound some already. */
  readonly heldPorts?: HeldPorts;
  /** A resource changed in a way that only a new sidecar in the place of this one can follow. */
  readonly onReload?: (reason: string) => void;
  /** The resource files ask for what cannot be had, and a sidecar must not go on without it. */
  readonly onFatal?: (cause: unknown) => void;
  /** Somebody asked for the sidecar to stop through its API. Without it such a request only stops the sidecar. */
  readonly onShutdown?: (options: { readonly isForced: boolean }) => void;
}

/** A call for the sidecar's own upkeep (components, probes, what the app subscribes to): its trace is never exported. */
export function ownCall({ chance }: Pick<World, 'chance'>, signal: AbortSignal): Call {
  return newCalls(chance, 0)(signal);
}
