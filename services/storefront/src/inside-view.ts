import type { InsideActivity, InsideView } from '@tidewater/contracts/storefront.ts';

/** An activity as the sidecar's stream gives it; members that no page needs are not named. */
export interface StreamedActivity extends InsideActivity {
  readonly traceId: string;
}

/**
 * Puts the activities of one trace in causal order: a parent before its children, and those of one parent by time. One
 * whose parent is not there (it is still open, or its record is gone) stands by its own time among the beginnings.
 */
export function insideView(orderId: string, traceId: string, streamed: readonly StreamedActivity[]): InsideView {
  const bySpan = new Map(streamed.map((activity) => [activity.spanId, activity]));
  const unique = [...bySpan.values()].toSorted((a, b) => a.startedAt - b.startedAt);
  const isBeginning = ({ spanId, parentSpanId }: StreamedActivity): boolean =>
    parentSpanId === undefined || parentSpanId === spanId || !bySpan.has(parentSpanId);
  const children = Map.groupBy(
    unique.filter((activity) => !isBeginning(activity)),
    ({ parentSpanId }) => parentSpanId,
  );
  const ordered = new Set<StreamedActivity>();
  const visit = (activity: StreamedActivity): void => {
    // Spans that claim each other as parents would never end.
    if (ordered.has(activity)) return;
    ordered.add(activity);
    for (const child of children.get(activity.spanId) ?? []) visit(child);
  };
  for (const activity of unique) if (isBeginning(activity)) visit(activity);
  for (const activity of unique) visit(activity);
  const activities = [...ordered].map(shown);
  return { orderId, traceId, activities, apps: [...new Set(activities.map(({ appId }) => appId))] };
}

function shown(activity: StreamedActivity): InsideActivity {
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
