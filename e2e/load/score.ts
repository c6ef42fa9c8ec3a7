/** The measurements of one quantity, a number for each round. */
export interface Figures {
  readonly ours: number[];
  readonly reference: number[];
}

/** One line of the results. */
export interface Score {
  /** Such as `set/32`. */
  readonly id: string;
  readonly what: string;
  readonly callers?: number;
  readonly unit: '/s' | 'MB' | 'ms' | 'processes';
  readonly value: Figures;
  /** For load only. */
  readonly p50Ms?: Figures;
  readonly p99Ms?: Figures;
  /** Processor time of all sidecars and helper processes for one call. */
  readonly cpuMicros?: Figures;
}

export const figures = (): Figures => ({ ours: [], reference: [] });

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The ratio of ours to the reference; NaN without a reference. */
export function ratio({ ours, reference }: Figures): number {
  return median(ours) / median(reference);
}

/** A goal of the design: a ratio to the reference of the same run. */
export interface Goal {
  readonly score: string;
  readonly of: 'value' | 'p50Ms';
  readonly what: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export const goals: readonly Goal[] = [
  { score: 'set/32', of: 'value', what: 'state set, 32 callers', atLeast: 3 },
  { score: 'get/32', of: 'value', what: 'state get, 32 callers', atLeast: 2 },
  { score: 'get-grpc/32', of: 'value', what: 'state get over gRPC, 32 callers', atLeast: 1 },
  { score: 'invoke/32', of: 'value', what: 'invoke through two sidecars, 32 callers', atLeast: 3 },
  { score: 'invoke/1', of: 'p50Ms', what: 'the same, p50 at one caller', atMost: 0.5 },
  { score: 'actor/32', of: 'value', what: 'actor method through two sidecars, 32 callers', atLeast: 2 },
  { score: 'publish/32', of: 'value', what: 'publish to JetStream, 32 callers', atLeast: 3 },
  { score: 'deliver', of: 'value', what: 'deliver a backlog from JetStream', atLeast: 3 },
  { score: 'memory-after', of: 'value', what: 'memory of a sidecar after load', atMost: 0.8 },
  { score: 'helpers', of: 'value', what: 'memory of helper processes', atMost: 0 },
];

export interface GoalResult {
  readonly goal: Goal;
  readonly figures: Figures;
  readonly unit: Score['unit'];
  readonly ratio: number;
  readonly isReached: boolean;
}

/** Goals whose score was measured on both sides. */
export function goalResults(scores: readonly Score[]): readonly GoalResult[] {
  return goals.flatMap((goal) => {
    const score = scores.find(({ id }) => id === goal.score);
    const measured = score?.[goal.of];
    if (!score || !measured || Number.isNaN(ratio(measured))) return [];
    const reached = ratio(measured);
    const { atLeast = 0, atMost = Number.POSITIVE_INFINITY } = goal;
    const unit = goal.of === 'value' ? score.unit : 'ms';
    return [{ goal, figures: measured, unit, ratio: reached, isReached: reached >= atLeast && reached <= atMost }];
  });
}
