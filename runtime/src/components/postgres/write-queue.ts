import type { Clock } from '#core/clock.ts';
import { stateUnavailable } from '#blocks/state/errors.ts';

/** A piece of work that is done whole or not at all, and what it holds on to while it is done. */
export interface QueuedWrite {
  /** Distinct. Writes that share one are done in the order they came. */
  readonly keys: readonly string[];
  readonly bytes: number;
  /** True when it can go into one statement with an earlier write to the same key, which it then replaces. */
  readonly mayReplace: boolean;
  /** True when it cannot share a statement with any other. */
  readonly isAlone: boolean;
  readonly signal: AbortSignal;
  resolve(): void;
  reject(cause: Error): void;
}

/** Does the writes and settles each of them; must not reject. Within a batch, later writes to a key replace earlier ones. */
export type RunBatch<Write extends QueuedWrite> = (batch: readonly Write[]) => Promise<void>;

export interface WriteQueue<Write extends QueuedWrite> {
  add(write: Write): void;
  /** Resolves when all that was added is settled. */
  drained(): Promise<void>;
}

const maxBatchLength = 512;
const maxBatchBytes = 4 * 1024 * 1024;

/**
 * Gathers the writes of one turn of the event loop into one statement, and those that come while all lanes are busy into
 * the next: the commit, which is what costs, is shared. One batch is under way per lane.
 */
export function writeQueue<Write extends QueuedWrite>(
  workers: readonly RunBatch<Write>[],
  limits: { readonly clock: Clock; readonly longestWaitMs: number },
): WriteQueue<Write> {
  const free = [...workers];
  /** Keys of batches that are under way. */
  const busy = new Set<string>();
  let waiting: { readonly write: Write; readonly since: number }[] = [];
  let isScheduled = false;
  let whenDrained: (() => void)[] = [];

  /** Takes from `waiting` what can go out together now; the rest keeps its order. */
  const takeBatch = (): Write[] => {
    const batch: Write[] = [];
    const rest: typeof waiting = [];
    /** Keys that a write which stays behind needs: nothing later may overtake it. */
    const blocked = new Set<string>();
    /** Keys in the batch, and whether a later write may replace what is done to them. */
    const taken = new Map<string, boolean>();
    let bytes = 0;
    const tooOld = limits.clock.monotonic() - limits.longestWaitMs;

    const fits = (write: Write): boolean => {
      if (batch.length >= maxBatchLength || (batch.length > 0 && bytes + write.bytes > maxBatchBytes)) return false;
      if (write.isAlone ? batch.length > 0 : batch[0]?.isAlone === true) return false;
      return write.keys.every(
        (key) =>
          !busy.has(key) && !blocked.has(key) && (taken.get(key) ?? true) && (write.mayReplace || !taken.has(key)),
      );
    };

    for (const entry of waiting) {
      const { write } = entry;
      if (write.signal.aborted) {
        write.reject(asError(write.signal.reason));
      } else if (entry.since < tooOld) {
        write.reject(stateUnavailable(`the write waited ${limits.longestWaitMs} ms for Postgres and was given up`));
      } else if (fits(write)) {
        batch.push(write);
        bytes += write.bytes;
        for (const key of write.keys) taken.set(key, write.mayReplace);
      } else {
        rest.push(entry);
        for (const key of write.keys) blocked.add(key);
      }
    }
    waiting = rest;
    return batch;
  };

  const flush = (): void => {
    isScheduled = false;
    while (free.length > 0 && waiting.length > 0) {
      const batch = takeBatch();
      const worker = batch.length > 0 ? free.pop() : undefined;
      if (!worker) break;
      for (const write of batch) for (const key of write.keys) busy.add(key);
      void worker(batch).finally(() => {
        for (const write of batch) for (const key of write.keys) busy.delete(key);
        free.push(worker);
        flush();
      });
    }
    if (waiting.length === 0 && free.length === workers.length) {
      for (const notify of whenDrained) notify();
      whenDrained = [];
    }
  };

  return {
    add(write) {
      waiting.push({ write, since: limits.clock.monotonic() });
      if (isScheduled || free.length === 0) return;
      isScheduled = true;
      setImmediate(flush);
    },
    drained() {
      if (waiting.length === 0 && free.length === workers.length) return Promise.resolve();
      return new Promise((resolve) => whenDrained.push(resolve));
    },
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
