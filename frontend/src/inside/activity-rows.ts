import type { InsideActivity } from '@tidewater/contracts/storefront.ts';
import type { KindGroup } from './kind-words.ts';
import { wordsOf } from './kind-words.ts';

export interface ActivityRow {
  readonly activity: InsideActivity;
  /** How many of its causes are above it. */
  readonly depth: number;
  readonly group: KindGroup;
  readonly words: string;
  /** From the second try on. */
  readonly attempt?: number;
}

/** Activities come in causal order; each row learns how deep it hangs below its cause. */
export const activityRows = (activities: readonly InsideActivity[]): readonly ActivityRow[] => {
  const depths = new Map<string, number>();
  return activities.map((activity) => {
    const above = activity.parentSpanId === undefined ? undefined : depths.get(activity.parentSpanId);
    const depth = above === undefined ? 0 : above + 1;
    depths.set(activity.spanId, depth);
    const attempt = attemptOf(activity);
    return { activity, depth, ...wordsOf(activity.kind), ...(attempt === undefined ? {} : { attempt }) };
  });
};

const attemptOf = ({ attributes }: InsideActivity): number | undefined => {
  const attempt = Number(attributes['attempt'] ?? attributes['attempts'] ?? attributes['delivery'] ?? 1);
  return Number.isInteger(attempt) && attempt > 1 ? attempt : undefined;
};

export interface RowFilter {
  /** Nothing chosen means all. */
  readonly apps: ReadonlySet<string>;
  readonly groups: ReadonlySet<KindGroup>;
}

export const shownRows = (rows: readonly ActivityRow[], { apps, groups }: RowFilter): readonly ActivityRow[] =>
  rows.filter(
    (row) => (apps.size === 0 || apps.has(row.activity.appId)) && (groups.size === 0 || groups.has(row.group)),
  );

/** How often each value occurs, in the order of first occurrence. */
export const tally = <Key>(
  rows: readonly ActivityRow[],
  keyOf: (row: ActivityRow) => Key,
): ReadonlyMap<Key, number> => {
  const counts = new Map<Key, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
};
