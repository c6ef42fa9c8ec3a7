import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Cancel, Clock } from '#core/clock.ts';

/** What is asked of the process. */
export interface ProcessMemory {
  /** The part of the time since the last call in which there was work, also while others had the processor. */
  busyShare(): number;
  /** What the process holds of the machine's memory. */
  residentBytes(): number;
  /** Collects all garbage at once and gives the pages back. */
  collect(): void;
}

const checkIntervalMs = 5000;
/** As busy as this, it has made garbage worth a collection. */
const busyThreshold = 0.2;
/** So little work that nobody meets the pause of some 50 ms. */
const idleThreshold = 0.05;
/** So little that few meet it: worth it when there is much to give back. */
const quietThreshold = 0.25;
const reclaimableBytes = 32 * 1024 * 1024;

/**
 * Gives memory back after a burst of work, once, when it is over. Node leaves garbage where it is for as long as nothing
 * new is allocated: a sidecar that has been busy for a second would hold twice its memory all night. Whoever is never
 * quite idle, because somebody looks at it all the time, gives back what it has grown by.
 */
export function releaseIdleMemory(clock: Clock, host: ProcessMemory): Cancel {
  // the start was work enough
  let hasWorked = true;
  let minBytes = host.residentBytes();
  let cancel: Cancel;
  const check = (): void => {
    const share = host.busyShare();
    const bytes = host.residentBytes();
    // pages go back to the system a while after the collection
    minBytes = Math.min(minBytes, bytes);
    if (share >= busyThreshold) hasWorked = true;
    if ((hasWorked && share <= idleThreshold) || (bytes - minBytes >= reclaimableBytes && share <= quietThreshold)) {
      hasWorked = false;
      host.collect();
      // what is left now is needed, or cannot be given back
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
