import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Cancel, Clock } from '#core/clock.ts';

/** Memory and load of the process. */
export interface ProcessMemory {
  /** The fraction of time since the last call with work to do, also while other processes had the processor. */
  busyShare(): number;
  /** The resident memory of the process. */
  residentBytes(): number;
  /** Collects all garbage immediately and returns the pages. */
  collect(): void;
}

const checkIntervalMs = 5000;
/** From this load on, there is enough garbage for a collection. */
const busyThreshold = 0.2;
/** At this load, a pause of some 50 ms is not noticed. */
const idleThreshold = 0.05;
/** At this load, a pause is acceptable when there is much memory to return. */
const quietThreshold = 0.25;
const reclaimableBytes = 32 * 1024 * 1024;

/**
 * Returns memory once after a burst of work. Node leaves garbage in place while nothing new is allocated: a sidecar
 * that was busy for a second would hold twice its memory indefinitely. A process that is never idle, because it is
 * polled, returns its growth.
 */
export function releaseIdleMemory(clock: Clock, host: ProcessMemory): Cancel {
  // the start counts as work
  let hasWorked = true;
  let minBytes = host.residentBytes();
  let cancel: Cancel;
  const check = (): void => {
    const share = host.busyShare();
    const bytes = host.residentBytes();
    // pages return to the system some time after the collection
    minBytes = Math.min(minBytes, bytes);
    if (share >= busyThreshold) hasWorked = true;
    if ((hasWorked && share <= idleThreshold) || (bytes - minBytes >= reclaimableBytes && share <= quietThreshold)) {
      hasWorked = false;
      host.collect();
      // the remaining memory is in use, or cannot be returned
      minBytes = host.residentBytes();
    }
    cancel = clock.after(checkIntervalMs, check);
  };
  cancel = clock.after(checkIntervalMs, check);
  return () => cancel();
}

/** This process. */
export function processMemory(): ProcessMemory {
  let last = performance.eventLoopUtilization();
  let collect: (() => void) | undefined;
  return {
    busyShare() {
      const before = last;
      last = performance.eventLoopUtilization();
      return performance.eventLoopUtilization(last, before).utilization;
    },
    residentBytes: () => process.memoryUsage.rss(),
    collect() {
      if (!collect) {
        setFlagsFromString('--expose-gc');
        collect = runInNewContext('gc') as () => void;
      }
      collect();
    },
  };
}
