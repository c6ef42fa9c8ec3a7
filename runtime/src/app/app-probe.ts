import type { AppChannel } from '#core/app-channel.ts';
import type { Call } from '#core/call.ts';
import { sleep } from '#core/clock.ts';
import type { Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { noBody, readStart } from '#core/message.ts';

export interface AppProbeOptions {
  /** A channel of its own: probes carry no token and wait behind no other call. */
  readonly app: AppChannel;
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** So many failures in a row make the app unhealthy. */
  readonly threshold: number;
  /** Probes belong to no trace of anybody. */
  readonly newCall: (signal: AbortSignal) => Call;
  readonly clock: Clock;
  readonly onProbe?: (isHealthy: boolean, durationMs: number) => void;
}

/** Asks the app again and again how it is. */
export interface AppProbe {
  /** Resolves at the first probe that succeeds; rejects when the signal aborts. `onRefused` hears of each that does not. */
  untilHealthy(signal: AbortSignal, onFailure?: () => void): Promise<void>;
  /** Resolves when the app failed as often as the threshold says, or the signal aborts. */
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
    // an app that does not answer is an answer too
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
