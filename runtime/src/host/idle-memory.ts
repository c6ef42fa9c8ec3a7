import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Cancel, Clock } from '#core/clock.ts';

/** What is asked of the process. */
export interface MemoryHost {
  /** Processor time since the last call, in parts of the time that went by. */
  busyShare(): number;
  /** Collects all garbage at once and gives the pages back. */
  collect(): void;
}

const lookMs = 5000;
/** As busy as this, it has made garbage worth a collection. */
const busy = 0.2;
/** So little work that nobody meets the pause of some 50 ms. */
const idle = 0.02;

/**
 * Gives memory back after a burst of work, once, when it is over. Node leaves garbage where it is for as long as nothing
 * new is allocated: a sidecar that has been busy for a second would hold twice its memory all night.
 */
export function returnIdleMemory(clock: Clock, host: MemoryHost): Cancel {
  // the start was work enough
  let hasWorked = true;
  let cancel: Cancel;
  const look = (): void => {
    const share = host.busyShare();
    if (share >= busy) hasWorked = true;
    else if (hasWorked && share <= idle) {
      hasWorked = false;
      host.collect();
    }
    cancel = clock.after(lookMs, look);
  };
  cancel = clock.after(lookMs, look);
  return () => cancel();
}

/** This process. */
export function processMemory(): MemoryHost {
  let last = { cpu: process.cpuUsage(), at: performance.now() };
  let collect: (() => void) | undefined;
  return {
    busyShare() {
      const { cpu, at } = last;
      last = { cpu: process.cpuUsage(), at: performance.now() };
      const usedMs = (last.cpu.user + last.cpu.system - cpu.user - cpu.system) / 1000;
      return usedMs / Math.max(1, last.at - at);
    },
    collect() {
      if (!collect) {
        setFlagsFromString('--expose-gc');
        collect = runInNewContext('gc') as () => void;
      }
      collect();
    },
  };
}
