import type { InsideActivity } from '@tidewater/contracts/storefront.ts';
import type { KindGroup } from './activity-labels.ts';
import { labelOf } from './activity-labels.ts';

export interface ActivityRow {
  readonly activity: InsideActivity;
  /** How many of its causes are above it in its chapter. */
  readonly depth: number;
  /** At the head of a chapter that a timer or reminder began: its cause, and how long that had been over. */
  readonly waited?: { readonly ms: number; readonly after: string };
  readonly group: KindGroup;
  readonly label: string;
  /** From the second try on. */
  readonly attempt?: number;
}

/**
 * Activities come in causal order. What a timer or reminder caused is a chapter of its own, below what was before it in
 * time: an order is one long chain of causes, and hung below each other its steps would leave the page on the right.
 */
export const activityRows = (activities: readonly InsideActivity[]): readonly ActivityRow[] => {
  const rowsBySpan = new Map<string, { readonly row: ActivityRow; readonly section: Section }>();
  const sections: Section[] = [];
  for (const activity of activities) {
    // Told twice: by two sidecars' streams, or by a stream and what was stored before.
    if (rowsBySpan.has(activity.spanId)) continue;
    const parent = activity.parentSpanId === undefined ? undefined : rowsBySpan.get(activity.parentSpanId);
    const startsSection = parent === undefined || activity.kind.endsWith('.fire');
    const section = startsSection ? startSection(activity, parent?.section) : parent.section;
    if (startsSection) sections.push(section);
    const attempt = attemptOf(activity);
    const row: ActivityRow = {
      activity,
      depth: startsSection ? 0 : parent.row.depth + 1,
      ...labelOf(activity.kind),
      ...(startsSection && parent !== undefined ? { waited: waitSince(parent.row, activity) } : {}),
      ...(attempt === undefined ? {} : { attempt }),
    };
    section.rows.push(row);
    rowsBySpan.set(activity.spanId, { row, section });
  }
  return sections.toSorted((a, b) => a.from - b.from).flatMap((section) => section.rows);
};

interface Section {
  readonly from: number;
  readonly rows: ActivityRow[];
}

/** Never before its cause, whatever two clocks say. */
const startSection = (firstActivity: InsideActivity, parent: Section | undefined): Section => ({
  from: Math.max(firstActivity.startedAt, parent?.from ?? firstActivity.startedAt),
  rows: [],
});

/** Named, because the row above a chapter is often another one, and the waits would not add up. */
const waitSince = (
  { activity, label }: ActivityRow,
  firstActivity: InsideActivity,
): ActivityRow['waited'] & object => ({
  ms: Math.max(0, firstActivity.startedAt - activity.startedAt - activity.durationMs),
  after: label,
});

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
export const countBy = <Key>(
  rows: readonly ActivityRow[],
  keyOf: (row: ActivityRow) => Key,
): ReadonlyMap<Key, number> => {
  const counts = new Map<Key, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
};
