import type { InsideActivity } from '@tidewater/contracts/storefront.ts';
import type { KindGroup } from './kind-words.ts';
import { wordsOf } from './kind-words.ts';

export interface ActivityRow {
  readonly activity: InsideActivity;
  /** How many of its causes are above it in its chapter. */
  readonly depth: number;
  /** At the head of a chapter that a timer or reminder began: its cause, and how long that had been over. */
  readonly waited?: { readonly ms: number; readonly after: string };
  readonly group: KindGroup;
  readonly words: string;
  /** From the second try on. */
  readonly attempt?: number;
}

/**
 * Activities come in causal order. What a timer or reminder caused is a chapter of its own, below what was before it in
 * time: an order is one long chain of causes, and hung below each other its steps would leave the page on the right.
 */
export const activityRows = (activities: readonly InsideActivity[]): readonly ActivityRow[] => {
  const placed = new Map<string, { readonly row: ActivityRow; readonly chapter: Chapter }>();
  const chapters: Chapter[] = [];
  for (const activity of activities) {
    // Told twice: by two sidecars' streams, or by a stream and what was stored before.
    if (placed.has(activity.spanId)) continue;
    const cause = activity.parentSpanId === undefined ? undefined : placed.get(activity.parentSpanId);
    const isHead = cause === undefined || activity.kind.endsWith('.fire');
    const chapter = isHead ? beginChapter(activity, cause?.chapter) : cause.chapter;
    if (isHead) chapters.push(chapter);
    const attempt = attemptOf(activity);
    const row: ActivityRow = {
      activity,
      depth: isHead ? 0 : cause.row.depth + 1,
      ...wordsOf(activity.kind),
      ...(isHead && cause !== undefined ? { waited: waitSince(cause.row, activity) } : {}),
      ...(attempt === undefined ? {} : { attempt }),
    };
    chapter.rows.push(row);
    placed.set(activity.spanId, { row, chapter });
  }
  return chapters.toSorted((a, b) => a.from - b.from).flatMap((chapter) => chapter.rows);
};

interface Chapter {
  readonly from: number;
  readonly rows: ActivityRow[];
}

/** Never before its cause, whatever two clocks say. */
const beginChapter = (head: InsideActivity, cause: Chapter | undefined): Chapter => ({
  from: Math.max(head.startedAt, cause?.from ?? head.startedAt),
  rows: [],
});

/** Named, because the row above a chapter is often another one, and the waits would not add up. */
const waitSince = ({ activity, words }: ActivityRow, head: InsideActivity): ActivityRow['waited'] & object => ({
  ms: Math.max(0, head.startedAt - activity.startedAt - activity.durationMs),
  after: words,
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
export const tally = <Key>(
  rows: readonly ActivityRow[],
  keyOf: (row: ActivityRow) => Key,
): ReadonlyMap<Key, number> => {
  const counts = new Map<Key, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
};
