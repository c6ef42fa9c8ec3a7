import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { defineError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

const appSlow = defineError(
  { code: 'ERR_APP_SLOW', http: 504, grpc: 'DeadlineExceeded' },
  (path: string, limitMs: number) => `the app did not respond to ${path} within ${limitMs} ms`,
);

/** An app that is still warming up may take its time, but not for ever. */
const limitMs = 30_000;
/** After as long the reference gives up, with the same warning. */
const warnAfterMs = 3000;

export interface SetupRequestsOptions {
  /** `host:port` of the app. */
  readonly address: string;
  readonly newCall: (signal: AbortSignal) => Call;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SetupStep {
  readonly path: string;
  /** What is missing while there is no response, for the log. */
  readonly failure: string;
}

/** Sends one request that the app is set up with. Rejects when there is no response in time, or the signal aborts. */
export type SetupRequest = <T>(signal: AbortSignal, step: SetupStep, request: (call: Call) => Promise<T>) => Promise<T>;

/** Warns once of each request that the app does not respond to, and again only after it has responded meanwhile. */
export function setupRequests({ address, newCall, clock, log }: SetupRequestsOptions): SetupRequest {
  const warnedOf = new Set<string>();

  const warn = ({ path, failure }: SetupStep): void => {
    if (warnedOf.has(path)) return;
    warnedOf.add(path);
    log.warn(
      { event: 'app-unresponsive', address, path, waitedMs: warnAfterMs },
      `${failure}: the app takes connections but does not respond, will keep trying`,
    );
  };

  return async (signal, step, request) => {
    const cancel = clock.after(warnAfterMs, () => warn(step));
    try {
      const result = await withTimeout(
        clock,
        limitMs,
        (timeoutSignal) => request(newCall(AbortSignal.any([signal, timeoutSignal]))),
        () => appSlow(step.path, limitMs),
      );
      warnedOf.delete(step.path);
      return result;
    } finally {
      cancel();
    }
  };
}
