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
/** At this load, a pause of 80 to 180 ms is not noticed. */
const idleThreshold = 0.05;
/** At this load, a pause is acceptable when there is much memory to return. */
const quietThreshold = 0.25;
/** More than the young generation regrows to while the process is polled, so that it is not collected again for that. */
const reclaimableBytes = 40 * 1024 * 1024;

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

/** Of V8's function `gc`. */
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
    residentBytes: () => process.memoryUsage.rss(),
    collect() {
      if (!collect) {
        setFlagsFromString('--expose-gc');
        collect = runInNewContext('gc') as (options: CollectionOptions) => void;
      }
      // any other collection leaves the young generation at its size, and frees external memory only later
      collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    },
  };
}
