import { sleep } from '#core/clock.ts';
import type { Clock } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { listenFailed, portInUse } from '../errors.ts';

/**
 * A restarted sidecar may find its port still held by its predecessor, or by a connection that was assigned it. As long
 * as on the reference.
 */
const retryLimitMs = 10_000;
const retryIntervalMs = 100;

export interface ListenTarget {
  /** As in `metrics cannot listen on …`. */
  readonly what: string;
  /** The flag that sets the address. */
  readonly flag: string;
  readonly host: string;
  readonly port: number;
  /** The path of a Unix socket, instead of host and port. */
  readonly path?: string;
  readonly clock: Clock;
  /** Logged once, when the first attempt finds the port in use. */
  readonly log: Log;
}

/** Retries to listen for ten seconds; then rejects with the address in use and the flag to change. */
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
      target.log.warn({ address }, `${target.what} finds its port in use, retrying for ${retryLimitMs / 1000} s`);
    await sleep(target.clock, retryIntervalMs);
  }
}
