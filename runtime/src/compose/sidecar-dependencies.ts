import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { Log } from '#core/log.ts';
import { newCalls } from '#core/new-call.ts';
import type { Environment } from '#host/config.ts';
import type { ReservedPorts } from '#host/reserved-ports.ts';

/** What a sidecar may use of the world around it. */
export interface SidecarDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly env: Environment;
  /** Of those it is to listen on, if the process has bound some already. */
  readonly reservedPorts?: ReservedPorts;
  /** A resource changed in a way that only a new sidecar in the place of this one can follow. */
  readonly onReload?: (reason: string) => void;
  /** The resource files ask for what cannot be had, and a sidecar must not go on without it. */
  readonly onFatal?: (cause: unknown) => void;
  /** Somebody asked for the sidecar to stop through its API. Without it such a request only stops the sidecar. */
  readonly onShutdown?: (options: { readonly isForced: boolean }) => void;
}

/** A call for the sidecar's own upkeep (components, probes, what the app subscribes to): its trace is never exported. */
export function internalCall({ random }: Pick<SidecarDependencies, 'random'>, signal: AbortSignal): Call {
  return newCalls(random, 0)(signal);
}
