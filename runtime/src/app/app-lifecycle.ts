import { sleep } from '#core/clock.ts';
import type { Clock } from '#core/clock.ts';
import { appUnavailable } from '#core/app-channel.ts';
import { RuntimeError, textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { AppProbe } from './app-probe.ts';

export interface AppLifecycleOptions {
  /** Resolves when the app accepts connections; rejects when the signal aborts. */
  readonly waitUntilAvailable: (signal: AbortSignal) => Promise<void>;
  /** Whether the app accepts connections right now. */
  readonly isAvailable: () => Promise<boolean>;
  /** When set, the app counts as up only while its health check succeeds. */
  readonly probe?: AppProbe;
  /** The app is up: read its configuration, host its actors, start its subscriptions. */
  readonly onUp: (signal: AbortSignal) => Promise<void>;
  /**
   * `start` waits no longer than this for an app that accepts connections and never responds; without it, until `onUp`
   * ends. The app counts as up only after `onUp`.
   */
  readonly readyAfterMs?: number;
  /** The app is unavailable or unhealthy: stop its subscriptions, actors and bindings. */
  readonly onDown: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AppLifecycle {
  readonly isUp: boolean;
  /**
   * Resolves when the app is up for the first time, or accepts connections but is unhealthy or does not respond as
   * expected; keeps watching it until `stop`.
   */
  start(): Promise<void>;
  /** A call could not reach the app: check now instead of at the next interval. */
  suspect(): void;
  /** Stops watching. The app counts as unavailable, and `onDown` has run. */
  stop(): Promise<void>;
  /** Resolves when the app is not up, or the signal aborts. */
  untilDown(signal: AbortSignal): Promise<void>;
}

const appUnavailableCode = appUnavailable('', '').kind.code;

function isAppUnavailable(cause: unknown): boolean {
  return cause instanceof RuntimeError && cause.kind.code === appUnavailableCode;
}

const checkIntervalMs = 500;
const failedStartPauseMs = 1000;

/** Follows the app through restarts. Each time it comes up, its configuration is read again. */
export function appLifecycle(options: AppLifecycleOptions): AppLifecycle {
  const { clock, log, probe } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let isUp = false;
  let running: Promise<void> = Promise.resolve();
  /** The last logged failure; repeated ones are not logged again. */
  let lastFailure: string | undefined;
  let check = (): void => {};
  let onDownListeners: (() => void)[] = [];

  const wentDown = async (): Promise<void> => {
    isUp = false;
    for (const listener of onDownListeners) listener();
    onDownListeners = [];
    await options.onDown();
  };

  const untilUnavailable = async (): Promise<void> => {
    if (probe) return await probe.untilUnhealthy(signal);
    for (;;) {
      const suspicion = new AbortController();
      check = () => suspicion.abort();
      await sleep(clock, checkIntervalMs, AbortSignal.any([signal, suspicion.signal])).catch(() => {});
      if (signal.aborted || !(await options.isAvailable())) return;
    }
  };

  const runOnce = async (onFirst: () => void): Promise<void> => {
    await options.waitUntilAvailable(signal);
    // an app may report itself unhealthy for any time: the sidecar beside it is ready
    await probe?.untilHealthy(signal, onFirst);
    await setUp(options, signal, onFirst);
    isUp = true;
    lastFailure = undefined;
    onFirst();
    await untilUnavailable();
    if (!signal.aborted) log.warn({}, probe ? 'the app is not healthy' : 'app disconnected, waiting for it to return');
    await wentDown();
  };

  const run = async (onFirst: () => void): Promise<void> => {
    while (!signal.aborted) {
      try {
        await runOnce(onFirst);
      } catch (error) {
        if (signal.aborted) return;
        const failure = textOf(error);
        if (failure !== lastFailure) log.error({ error: failure }, 'app setup failed, will retry');
        lastFailure = failure;
        await wentDown();
        // it accepts connections and does not respond: an app may call out without serving requests
        if (isAppUnavailable(error) && (await options.isAvailable())) onFirst();
        await sleep(clock, failedStartPauseMs, signal).catch(() => {});
      }
    }
  };

  return {
    get isUp() {
      return isUp;
    },
    start: () =>
      new Promise<void>((resolve) => {
        running = run(resolve);
      }),
    suspect: () => check(),
    async stop() {
      stopping.abort();
      await running;
      if (isUp) await wentDown();
    },
    untilDown(until) {
      if (!isUp || until.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        onDownListeners.push(resolve);
        until.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  };
}

/** Runs `onUp`; reports an app that accepts connections after `readyAfterMs` although `onUp` has not ended. */
async function setUp(options: AppLifecycleOptions, signal: AbortSignal, onReady: () => void): Promise<void> {
  const { readyAfterMs, clock } = options;
  const check = (): void => void options.isAvailable().then((isAvailable) => isAvailable && onReady());
  const cancel = readyAfterMs === undefined ? undefined : clock.after(readyAfterMs, check);
  try {
    await options.onUp(signal);
  } finally {
    cancel?.();
  }
}
