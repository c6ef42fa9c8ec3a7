import { sleep } from '#core/clock.ts';
import type { Clock } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { listenFailed, portInUse } from './errors.ts';

/**
 * A sidecar that restarts may find its port held for a moment by the one before, or by a connection that was given it by
 * chance. As long as on the reference.
 */
const retryLimitMs = 10_000;
const retryIntervalMs = 100;

export interface ListenTarget {
  /** As in `metrics cannot listen on …`. */
  readonly what: string;
  /** The flag that chooses another place. */
  readonly flag: string;
  readonly host: string;
  readonly port: number;
  /** Of a Unix socket, instead of host and port. */
  readonly path?: string;
  readonly clock: Clock;
  /** Told once, when the first try finds the port taken. */
  readonly log: Log;
}

/** Tries to listen until it works or ten seconds have passed; then says who holds what and what to do. */
export async function listenWithRetry<T>(target: ListenTarget, listen: () => Promise<T>): Promise<T> {
  const address = target.path ?? `${target.host || '*'}:${target.port}`;
  const deadline = target.clock.monotonic() + retryLimitMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await listen();
    } catch (cause) {
      const isInUse = (cause as { code?: unknown }).code === 'EADDRINUSE';
      if (!isInUse) throw withCause(listenFailed(target.what, address, textOf(cause)), cause);
      if (target.clock.monotonic() >= deadline) throw withCause(portInUse(target.what, address, target.flag), cause);
    }
    if (attempt === 1)
      target.log.warn({ address }, `${target.what} finds its port taken, trying for ${retryLimitMs / 1000} s`);
    await sleep(target.clock, retryIntervalMs);
  }
}
