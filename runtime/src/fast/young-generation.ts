import { PerformanceObserver, constants } from 'node:perf_hooks';
import type { NodeGCPerformanceDetail, PerformanceEntry, PerformanceObserverEntryList } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both semi-spaces together. */
const maxBytes = 32 * 1024 * 1024;
/** More collections per second justify a larger young generation. */
const maxCollections = 16;
const rateWindowMs = 1000;

/**
 * Limits V8's young generation to 32 MB. By default it doubles up to 128 MB under load, which makes collections rarer
 * and as much longer: measured at 32 and 128 MB the time per call is the same, at 2 MB four times as long. The limit
 * that Node takes on its command line cannot be set at run time, but the growth factor can; a full collection while
 * idle shrinks the space, so every collection is checked. It grows only when collections are frequent: buffers count
 * little in it, so while bodies stream through, rare collections would retain their memory. Returns a function that
 * stops it.
 */
export function limitYoungGeneration(): () => void {
  let currentFactor = 0;
  const isRateHigh = collectionRateMonitor();
  const onCollections = (list: PerformanceObserverEntryList): void => {
    const minor = list.getEntries().filter(isMinor);
    // grows to the limit in one step: at two megabytes few objects survive a collection, and growth in steps depends on
    // survivors
    const growth = isRateHigh(minor.map(({ startTime }) => startTime))
      ? Math.floor(maxBytes / youngGenerationBytes())
      : 1;
    const factor = Math.max(1, growth);
    if (factor === currentFactor) return;
    currentFactor = factor;
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  };
  const observer = new PerformanceObserver(onCollections);
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

/** Takes the start times of collections, in order, and returns whether their rate is high. */
export function collectionRateMonitor(): (times: readonly number[]) => boolean {
  let recent: readonly number[] = [];
  return (times) => {
    recent = [...recent, ...times].slice(-maxCollections);
    const [first = 0] = recent;
    return recent.length === maxCollections && (recent.at(-1) ?? 0) - first < rateWindowMs;
  };
}

function isMinor(entry: PerformanceEntry): boolean {
  const { detail } = entry as PerformanceEntry & { readonly detail?: NodeGCPerformanceDetail };
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MINOR;
}

export function youngGenerationBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
