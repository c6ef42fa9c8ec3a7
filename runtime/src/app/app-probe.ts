import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { sleep } from '#core/clock.ts';
import type { Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { noBody, readStart } from '#core/message.ts';

export interface AppProbeOptions {
  /** A dedicated channel: probes carry no token and do not queue behind other calls. */
  readonly app: AppChannel;
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** This many consecutive failures make the app unhealthy. */
  readonly threshold: number;
  /** Creates the call of a probe, in its own trace. */
  readonly newCall: (signal: AbortSignal) => Call;
  readonly clock: Clock;
  readonly onProbe?: (isHealthy: boolean, durationMs: number) => void;
}

/** Checks the health of the app periodically. */
export interface AppProbe {
  /**
   * Resolves at the first probe that succeeds; rejects when the signal aborts. `onFailure` is called for each probe
   * that fails.
   */
  untilHealthy(signal: AbortSignal, onFailure?: () => void): Promise<void>;
  /** Resolves when the app failed up to the threshold, or the signal aborts. */
  untilUnhealthy(signal: AbortSignal): Promise<void>;
}

const responseLimitBytes = 1 << 20;

export function appProbe(options: AppProbeOptions): AppProbe {
  const { app, path, intervalMs, timeoutMs, threshold, clock } = options;

  const isHealthy = async (outer: AbortSignal): Promise<boolean> => {
    const began = clock.monotonic();
    const probe = async (signal: AbortSignal): Promise<boolean> => {
      const call = options.newCall(AbortSignal.any([outer, signal]));
      const reply = await app.request(call, { verb: 'GET', path, query: '', headers: [], body: noBody });
      await readStart(reply.body, responseLimitBytes);
      return reply.status >= 200 && reply.status < 300;
    };
    // no response counts as unhealthy
    const healthy = await withTimeout(clock, timeoutMs, probe, () => new Error('the probe took too long')).catch(
      () => false,
    );
    options.onProbe?.(healthy, clock.monotonic() - began);
    return healthy;
  };

  return {
    async untilHealthy(signal, onFailure) {
      while (!(await isHealthy(signal))) {
        onFailure?.();
        await sleep(clock, intervalMs, signal);
      }
    },
    async untilUnhealthy(signal) {
      for (let failures = 0; failures < threshold && !signal.aborted;) {
        await sleep(clock, intervalMs, signal).catch(() => {});
        if (signal.aborted) return;
        failures = (await isHealthy(signal)) ? 0 : failures + 1;
      }
    },
  };
}
