import type { Clock } from '#core/clock.ts';
import { stateUnavailable } from '#blocks/state/errors.ts';

/** An atomic write with the keys that it locks. */
export interface QueuedWrite {
  /** Distinct. Writes with a common key keep their order. */
  readonly keys: readonly string[];
  readonly bytes: number;
  /** True when it can share a statement with an earlier write to the same key, which it then replaces. */
  readonly mayReplace: boolean;
  /** True when it cannot share a statement with any other. */
  readonly isAlone: boolean;
  readonly signal: AbortSignal;
  resolve(): void;
  reject(cause: Error): void;
}

/** Executes the writes and settles each of them; must not reject. Within a batch, later writes to a key replace earlier ones. */
export type RunBatch<Write extends QueuedWrite> = (batch: readonly Write[]) => Promise<void>;

export interface WriteQueue<Write extends QueuedWrite> {
  add(write: Write): void;
  /** Resolves when all added writes are settled. */
  drained(): Promise<void>;
}

const maxBatchLength = 512;
const maxBatchBytes = 4 * 1024 * 1024;

/**
 * Batches the writes of one turn of the event loop into one statement, and those that arrive while all workers are busy into
 * the next, so that they share the cost of a commit. Each worker executes one batch at a time.
 */
export function writeQueue<Write extends QueuedWrite>(
  workers: readonly RunBatch<Write>[],
  limits: { readonly clock: Clock; readonly longestWaitMs: number },
): WriteQueue<Write> {
  const free = [...workers];
  /** Keys of batches in flight. */
  const busy = new Set<string>();
  let waiting: { readonly write: Write; readonly since: number }[] = [];
  let isScheduled = false;
  let whenDrained: (() => void)[] = [];

  /** Takes the writes from `waiting` that can be executed together now; the rest keeps its order. */
  const takeBatch = (): Write[] => {
    const batch: Write[] = [];
    const rest: typeof waiting = [];
    /** Keys of writes that stay in the queue: no later write may overtake them. */
    const blocked = new Set<string>();
    /** Keys in the batch, and whether a later write may replace the write to them. */
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
        write.reject(stateUnavailable(`the write waited ${limits.longestWaitMs} ms for Postgres and was dropped`));
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
