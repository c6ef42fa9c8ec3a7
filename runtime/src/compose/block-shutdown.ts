import type { AppLifecycle } from '#app/app-lifecycle.ts';
import { sleep } from '#core/clock.ts';
import type { Clock } from '#core/clock.ts';
import { formatGoDuration } from '#core/duration.ts';
import type { Log } from '#core/log.ts';
import type { Blocks } from './blocks/blocks.ts';

export interface BlockShutdownOptions {
  readonly limitMs: number;
  /** The limit for draining running work. */
  readonly drainMs: number;
  readonly app: AppLifecycle | undefined;
  readonly blocks: Blocks | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Waits until the app is unhealthy, at most `limitMs`, and for the end of running work. The app may still make outbound
 * calls meanwhile, but gets no new work.
 */
export async function blockShutdown({
  limitMs,
  drainMs,
  app,
  blocks,
  clock,
  log,
}: BlockShutdownOptions): Promise<void> {
  const drained = drain(blocks, drainMs);
  // logged even if there is nothing to wait for: it explains when and why the sidecar stopped
  log.info({}, `Blocking graceful shutdown for ${formatGoDuration(limitMs)} or until app reports unhealthy...`);
  const done = new AbortController();
  if (app) await Promise.race([sleep(clock, limitMs, done.signal).catch(() => {}), app.untilDown(done.signal)]);
  done.abort();
  await drained;
  log.info(
    {},
    app?.isUp ? 'Block shutdown period expired, entering shutdown...' : 'App reported unhealthy, entering shutdown...',
  );
}

async function drain(blocks: Blocks | undefined, drainMs: number): Promise<void> {
  if (!blocks) return;
  const { subscriptions, streams, appWorkers } = blocks;
  await blocks.pause();
  await Promise.all([
    streams.drain(drainMs),
    subscriptions?.stop(drainMs),
    ...appWorkers.map((worker) => worker.stop(drainMs)),
  ]);
}
