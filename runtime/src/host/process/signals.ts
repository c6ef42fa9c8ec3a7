import type { Clock } from '#core/clock.ts';

export interface SignalHandlers {
  /** SIGINT or SIGTERM was received, or the parent process has ended. */
  readonly stop: (reason: string) => void;
  /** SIGHUP was received: configuration and resources must be reloaded. */
  readonly reload: () => void;
  /** A second signal was received: exit immediately. */
  readonly kill: (reason: string) => void;
}

const parentPollMs = 500;

/**
 * Listens for signals until the returned function is called. With `followsParent`, the end of the parent process counts
 * as a signal.
 */
export function watchSignals(handlers: SignalHandlers, options: { clock: Clock; followsParent: boolean }): () => void {
  let isStopping = false;
  const onSignal = (signal: string): void => {
    if (isStopping) return handlers.kill(signal);
    isStopping = true;
    handlers.stop(signal);
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  process.on('SIGHUP', handlers.reload);
  const stopWatching = options.followsParent
    ? watchParent(options.clock, () => onSignal('loss of the parent process'))
    : undefined;
  return () => {
    stopWatching?.();
    for (const signal of signals) process.off(signal, onSignal);
    process.off('SIGHUP', handlers.reload);
  };
}

/** A process killed with SIGKILL cannot stop its children, so they poll for it. */
function watchParent(clock: Clock, onExit: () => void): () => void {
  const parent = process.ppid;
  let cancel = (): void => {};
  const check = (): void => {
    if (process.ppid !== parent) return onExit();
    cancel = clock.after(parentPollMs, check);
  };
  check();
  return () => cancel();
}
