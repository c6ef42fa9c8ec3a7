import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '@outrigger/sdk';

/** Memory and load of the process. */
export interface ProcessMemory {
  /** The fraction of time since the last call with work to do. */
  busyShare(): number;
  /** Collects all garbage now and returns the pages. */
  collect(): void;
}

const checkMs = 5_000;
/** From this load on, there is enough garbage for a collection. */
const busyShare = 0.05;
/** At this load, a pause of 50 ms is not noticed. */
const idleShare = 0.02;

/**
 * Returns memory once after work. Node leaves garbage in place while nothing new is allocated: a service that was busy for a
 * minute would hold twice its memory indefinitely. Returns a function that stops it.
 */
export function releaseIdleMemory(clock: Clock, memory: ProcessMemory): () => void {
  // The start counts as work.
  let hasWorked = true;
  const check = (): void => {
    const share = memory.busyShare();
    hasWorked ||= share >= busyShare;
    if (hasWorked && share <= idleShare) {
      hasWorked = false;
      memory.collect();
    }
    cancel = clock.after(checkMs, check);
  };
  let cancel = clock.after(checkMs, check);
  return () => cancel();
}

interface CollectionOptions {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}

/** This process. */
export function processMemory(): ProcessMemory {
  let last = performance.eventLoopUtilization();
  let collect: ((options: CollectionOptions) => void) | undefined;
  return {
    busyShare() {
      const before = last;
      last = performance.eventLoopUtilization();
      return performance.eventLoopUtilization(last, before).utilization;
    },
    collect() {
      if (collect === undefined) {
        setFlagsFromString('--expose-gc');
        collect = runInNewContext('gc') as (options: CollectionOptions) => void;
      }
      // Any other collection leaves the young generation at its size.
      collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    },
  };
}
