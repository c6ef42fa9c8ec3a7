import type { InsideActivity, InsideView } from '@tidewater/contracts/storefront.ts';

/** An activity as the sidecar's stream gives it; members that no page needs are not named. */
export interface StreamedActivity extends InsideActivity {
  readonly traceId: string;
}

/**
 * Puts the activities of one order in causal order: a parent before its children, and those of one parent by time. One
 * whose parent is not there (it is still open, or its record was overwritten) is sorted by its own time among the roots.
 */
export function insideView(orderId: string, traceId: string, recorded: readonly InsideActivity[]): InsideView {
  const bySpan = new Map(recorded.map((activity) => [activity.spanId, activity]));
  const unique = [...bySpan.values()].toSorted((a, b) => a.startedAt - b.startedAt);
  const isRoot = ({ spanId, parentSpanId }: InsideActivity): boolean =>
    parentSpanId === undefined || parentSpanId === spanId || !bySpan.has(parentSpanId);
  const children = Map.groupBy(
    unique.filter((activity) => !isRoot(activity)),
    ({ parentSpanId }) => parentSpanId,
  );
  const ordered = new Set<InsideActivity>();
  const visit = (root: InsideActivity): void => {
    // Not recursive: a chain of causes may be longer than the stack.
    const waiting = [root];
    for (let activity = waiting.pop(); activity !== undefined; activity = waiting.pop()) {
      // Spans that claim each other as parents would never end.
      if (ordered.has(activity)) continue;
      ordered.add(activity);
      waiting.push(...(children.get(activity.spanId) ?? []).toReversed());
    }
  };
  for (const activity of unique) if (isRoot(activity)) visit(activity);
  for (const activity of unique) visit(activity);
  const activities = [...ordered].map(activityForPage);
  return { orderId, traceId, activities, apps: [...new Set(activities.map(({ appId }) => appId))] };
}

/** Only what a page shows. */
export function activityForPage(activity: InsideActivity): InsideActivity {
  const { spanId, parentSpanId, appId, kind, name, startedAt, durationMs, outcome, error, attributes } = activity;
  const { input, output } = activity;
  return {
    spanId,
    appId,
    kind,
    name,
    startedAt,
    durationMs,
    outcome,
    attributes,
    ...(parentSpanId !== undefined && { parentSpanId }),
    ...(error !== undefined && { error }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
  };
}
