import { isDeadlock, isRejected } from './errors.ts';
import type { QueuedWrite, RunBatch } from './write-queue.ts';

const deadlockRetries = 2;

/**
 * Turns an atomic `attempt` into a worker of a write queue. When the database rejects a batch, nothing was written and one of
 * its writes is invalid: the batch is halved until that write is found, and the others succeed. `attempt` settles the writes
 * when it succeeds, and throws otherwise.
 */
export function batchWorker<Write extends QueuedWrite>(
  attempt: (batch: readonly Write[]) => Promise<void>,
): RunBatch<Write> {
  const run = async (batch: readonly Write[], retriesLeft: number): Promise<void> => {
    try {
      await attempt(batch);
    } catch (cause) {
      if (isDeadlock(cause) && retriesLeft > 0) {
        await run(batch, retriesLeft - 1);
      } else if (batch.length > 1 && isRejected(cause)) {
        const half = batch.length >> 1;
        await run(batch.slice(0, half), deadlockRetries);
        await run(batch.slice(half), deadlockRetries);
      } else {
        const error = cause instanceof Error ? cause : new Error(String(cause));
        for (const write of batch) write.reject(error);
      }
    }
  };
  return (batch) => run(batch, deadlockRetries);
}
