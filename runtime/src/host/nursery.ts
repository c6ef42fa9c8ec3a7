import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves together. */
const boundBytes = 32 * 1024 * 1024;

/**
 * Keeps the nursery, the part of the heap in which objects are born, from growing past 32 MB. By itself it doubles up to
 * 128 MB under load, which makes collections rarer and as much longer: measured at 32 and 128 MB the time for one call is
 * the same, at 2 MB four times as long. The bound that Node takes on its command line cannot be set from inside, but the
 * rate of growth can; a full collection while idle shrinks it, so every collection is looked at. Returns what ends it.
 */
export function boundNursery(): () => void {
  let set = 0;
  const look = (): void => {
    // grows to its bound in one step: at two megabytes there is little to survive a collection, which is what steps need
    const factor = Math.max(1, Math.floor(boundBytes / nurseryBytes()));
    if (factor === set) return;
    set = factor;
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  };
  const observer = new PerformanceObserver(look);
  observer.observe({ entryTypes: ['gc'] });
  look();
  return () => observer.disconnect();
}

export function nurseryBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
