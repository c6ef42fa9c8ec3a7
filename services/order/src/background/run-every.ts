import { pause } from '@tidewater/kit/service-context.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';

export interface BackgroundTask {
  /** Waits a moment for a running task; it fails if it takes longer. */
  close(): Promise<void>;
}

const closeWithinMs = 1_000;

/** Runs `work` each `everyMs`, never twice at a time. A run that fails is logged, and the next one comes as planned. */
export function runEvery(
  { clock, log }: Pick<ServiceContext, 'clock' | 'log'>,
  { name, everyMs }: { readonly name: string; readonly everyMs: number },
  work: () => Promise<void>,
): BackgroundTask {
  let isClosed = false;
  let running: Promise<void> | undefined;
  let cancel = (): void => {};
  const plan = (): void => {
    if (!isClosed) cancel = clock.after(everyMs, run);
  };
  const run = (): void => {
    running = work()
      .catch((error: unknown) => {
        if (!isClosed) log.warn({ event: 'background-failed', task: name, error }, 'a background task failed');
      })
      .finally(() => {
        running = undefined;
        plan();
      });
  };
  plan();
  return {
    async close() {
      isClosed = true;
      cancel();
      await Promise.race([running, pause(clock, closeWithinMs)]);
    },
  };
}
