import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { defineError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';

const appSlow = defineError(
  { code: 'ERR_APP_SLOW', http: 504, grpc: 'DeadlineExceeded' },
  (path: string, limitMs: number) => `the app did not respond to ${path} within ${limitMs} ms`,
);

/** Timeout of one request: an app that is still starting may be slow. */
const limitMs = 30_000;
/** The reference fails after this time, with the same warning. */
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
  /** The failed setup step, for the log. */
  readonly failure: string;
}

/** Sends one request of the app setup. Rejects when there is no response in time, or the signal aborts. */
export type SetupRequest = <T>(signal: AbortSignal, step: SetupStep, request: (call: Call) => Promise<T>) => Promise<T>;

/** Warns once about each request without a response, and again only after a response. */
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
