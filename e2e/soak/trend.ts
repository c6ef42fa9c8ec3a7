import type { ProcessMemory } from '../harness/sidecar-process.ts';

export interface Trend {
  readonly what: string;
  readonly middle: number;
  readonly last: number;
  /** The limit for the last third. */
  readonly limit: number;
}

const mb = 1024 * 1024;

/** Compares the last third of the samples with the middle one: they are equal unless there is a leak. */
export function trends(samples: readonly ProcessMemory[]): readonly Trend[] {
  const third = Math.floor(samples.length / 3);
  const middle = samples.slice(third, 2 * third);
  const last = samples.slice(2 * third);
  const compare = (what: string, of: (memory: ProcessMemory) => number, limit: (middle: number) => number): Trend => {
    const before = median(middle.map(of));
    return { what, middle: before, last: median(last.map(of)), limit: limit(before) };
  };
  return [
    compare(
      'heap, MB',
      ({ heapUsed, external }) => (heapUsed + external) / mb,
      (before) => before * 1.1 + 4,
    ),
    compare(
      'rss, MB',
      ({ rss }) => rss / mb,
      (before) => before * 1.15 + 10,
    ),
    compare(
      'open files',
      ({ files }) => files,
      (before) => before + 8,
    ),
    compare(
      'timers',
      ({ resources }) => resources.Timeout ?? 0,
      (before) => before + 30,
    ),
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
