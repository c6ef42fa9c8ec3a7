/** The results of one kind of load. */
export interface Tally {
  readonly name: string;
  /** Counts one success. */
  ok(ms: number): void;
  failed(reason: string): void;
  readonly succeeded: number;
  readonly failures: number;
  /** The most common reasons with their counts. */
  reasons(): string;
  /** Milliseconds below which this part of the successes took. */
  quantile(part: number): number;
  /** The longest time without a success that began or ended between two moments. */
  longestGap(from: number, until: number): number;
}

/** The number of latencies for the quantiles. */
const maxSamples = 20_000;

export function tally(name: string): Tally {
  const latencies: number[] = [];
  const reasons = new Map<string, number>();
  /** Times of successes, at a resolution of 0.1 s. */
  const moments: number[] = [];
  let succeeded = 0;
  let failures = 0;
  return {
    name,
    ok(ms) {
      latencies[succeeded % maxSamples] = ms;
      succeeded++;
      const now = Date.now();
      if (now - (moments.at(-1) ?? 0) >= 100) moments.push(now);
    },
    failed(reason) {
      failures++;
      const short = reason.slice(0, 160);
      if (reasons.size < 50 || reasons.has(short)) reasons.set(short, (reasons.get(short) ?? 0) + 1);
    },
    get succeeded() {
      return succeeded;
    },
    get failures() {
      return failures;
    },
    reasons: () =>
      [...reasons]
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, 4)
        .map(([reason, count]) => `${count}× ${reason}`)
        .join('\n      '),
    quantile(part) {
      const sorted = latencies.toSorted((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    },
    longestGap(from, until) {
      const first = moments.findLastIndex((at) => at <= from);
      const next = moments.findIndex((at) => at > until);
      const seen = moments.slice(Math.max(0, first), next < 0 ? moments.length : next + 1);
      let longest = seen.length < 2 ? until - from : 0;
      for (let i = 1; i < seen.length; i++) longest = Math.max(longest, (seen[i] ?? 0) - (seen[i - 1] ?? 0));
      if (next < 0) longest = Math.max(longest, until - (seen.at(-1) ?? from));
      return longest;
    },
  };
}
