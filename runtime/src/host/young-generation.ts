import { PerformanceObserver, constants } from 'node:perf_hooks';
import type { NodeGCPerformanceDetail, PerformanceEntry, PerformanceObserverEntryList } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves together. */
const maxBytes = 32 * 1024 * 1024;
/** So many collections within a second are more than a small nursery is worth. */
const maxCollections = 16;
const rateWindowMs = 1000;

/**
 * Keeps the nursery, the part of the heap in which objects are born, from growing past 32 MB. By itself it doubles up to
 * 128 MB under load, which makes collections rarer and as much longer: measured at 32 and 128 MB the time for one call is
 * the same, at 2 MB four times as long. The bound that Node takes on its command line cannot be set from inside, but the
 * rate of growth can; a full collection while idle shrinks it, so every collection is looked at. It grows only when
 * collections are frequent: buffers count little in it, so while bodies stream through, rare collections would leave their
 * memory lying around. Returns what ends it.
 */
export function limitYoungGeneration(): () => void {
  let currentFactor = 0;
  const isRateHigh = collectionRateMonitor();
  const onCollections = (list: PerformanceObserverEntryList): void => {
    const minor = list.getEntries().filter(isMinor);
    // grows to its bound in one step: at two megabytes there is little to survive a collection, which is what steps need
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

/** Told when collections began, in order, says whether there were many in little time. */
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
