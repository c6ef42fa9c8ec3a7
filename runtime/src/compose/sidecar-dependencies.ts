import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import type { Log } from '#core/log.ts';
import { newCalls } from '#core/new-call.ts';
import type { Environment } from '#host/config/environment.ts';
import type { ReservedPorts } from '#host/process/reserved-ports.ts';

/** The dependencies of a sidecar: time, randomness, environment, I/O. */
export interface SidecarDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly env: Environment;
  /** Ports that the process has already bound for the sidecar's servers. */
  readonly reservedPorts?: ReservedPorts;
  /** A resource has changed in a way that requires a new sidecar. */
  readonly onReload?: (reason: string) => void;
  /** A changed resource failed in a way that must end the sidecar. */
  readonly onFatal?: (cause: unknown) => void;
  /** The sidecar's API received a shutdown request. By default such a request only stops the sidecar. */
  readonly onShutdown?: (options: { readonly isForced: boolean }) => void;
}

/** What each phase of the start gets. */
export interface PhaseOptions {
  readonly dependencies: SidecarDependencies;
  /** Aborts when the sidecar stops. */
  readonly stopping: AbortSignal;
  /** Registers a closer immediately after opening, so that a later failure closes it. */
  readonly onClose: (close: () => Promise<void>) => void;
}

/**
 * A call for the sidecar's internal work (components, probes, discovery of subscriptions): its trace is never exported.
 */
export function internalCall({ random }: Pick<SidecarDependencies, 'random'>, signal: AbortSignal): Call {
  return newCalls(random, 0)(signal);
}
