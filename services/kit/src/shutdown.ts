import type { ServiceContext } from './service-context.ts';

export interface Shutdown {
  /** What to do before the process ends. Called at once when the stop came earlier. */
  onShutdown(close: () => Promise<void>): void;
}

const limitMs = 5_000;
const parentCheckMs = 500;

/** Shuts the process down on SIGTERM and SIGINT, and when its parent has ended, if the environment requests that. */
export function shutdownOnSignal({ log, env, clock }: ServiceContext): Shutdown {
  let close: (() => Promise<void>) | undefined;
  let reason: string | undefined;

  const finish = (code: number): void => process.exit(code);
  const runClose = (): void => {
    close?.().then(
      () => finish(0),
      (error: unknown) => {
        log.error({ error }, 'shutdown failed');
        finish(1);
      },
    );
  };
  const stop = (stopReason: string): void => {
    if (reason !== undefined) return;
    reason = stopReason;
    log.info({ reason }, 'stopping');
    clock.after(limitMs - 500, () => {
      log.warn({ limitMs }, 'shutdown took too long, exiting');
      finish(1);
    });
    if (close) runClose();
    // Still starting: nothing was promised to anyone yet.
    else finish(0);
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('uncaughtException', (error) => {
    log.error({ error, stack: error.stack }, 'uncaught exception, exiting');
    finish(1);
  });
  if (env.optional('OUTRIGGER_EXIT_WITH_PARENT') === '1') {
    const parent = process.ppid;
    const checkParent = (): void => {
      if (process.ppid !== parent) stop('the parent process has ended');
      else clock.after(parentCheckMs, checkParent);
    };
    checkParent();
  }
  return {
    onShutdown(work) {
      close = work;
    },
  };
}
