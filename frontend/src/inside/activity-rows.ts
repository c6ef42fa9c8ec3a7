import type { InsideActivity } from '@tidewater/contracts/storefront.ts';
import type { ActivityGroup } from './activity-labels.ts';
import { labelOf } from './activity-labels.ts';

export interface ActivityRow {
  readonly activity: InsideActivity;
  /** The number of its ancestors within its section. */
  readonly depth: number;
  /**
   * On the first row of a section that a timer or reminder started: the label of its cause, and the time since that
   * ended.
   */
  readonly waited?: { readonly ms: number; readonly after: string };
  readonly group: ActivityGroup;
  readonly label: string;
  /** Absent for the first attempt. */
  readonly attempt?: number;
}

/**
 * Activities arrive in causal order. A timer or reminder starts a new section, sorted by time: an order is one long
 * chain of causes, and nested in each other its steps would not fit the width of the page.
 */
export const activityRows = (activities: readonly InsideActivity[]): readonly ActivityRow[] => {
  const rowsBySpan = new Map<string, { readonly row: ActivityRow; readonly section: Section }>();
  const sections: Section[] = [];
  for (const activity of activities) {
    // Received twice: from two sidecars' streams, or from a stream and from storage.
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

/** Never before its cause, even when the clocks of two hosts differ. */
const startSection = (firstActivity: InsideActivity, parent: Section | undefined): Section => ({
  from: Math.max(firstActivity.startedAt, parent?.from ?? firstActivity.startedAt),
  rows: [],
});

/** Includes the label of the cause, because the row above a section is often a different activity. */
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
  /** An empty set means no filter. */
  readonly apps: ReadonlySet<string>;
  readonly groups: ReadonlySet<ActivityGroup>;
}

export const shownRows = (rows: readonly ActivityRow[], { apps, groups }: RowFilter): readonly ActivityRow[] =>
  rows.filter(
    (row) => (apps.size === 0 || apps.has(row.activity.appId)) && (groups.size === 0 || groups.has(row.group)),
  );

/** Counts rows by key, in the order of first occurrence. */
export const countBy = <Key>(
  rows: readonly ActivityRow[],
  keyOf: (row: ActivityRow) => Key,
): ReadonlyMap<Key, number> => {
  const counts = new Map<Key, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
};
