import type { CSSProperties } from 'react';
import { formatDuration } from '../format/time.ts';
import type { ActivityRow } from './activity-rows.ts';
import type { TimeAxis } from './time-axis.ts';

export const percent = (share: number): string => `${Math.round(share * 10_000) / 100}%`;

/** One swimlane for each app over time, with waits shortened. The list below it holds the same information. */
export const Swimlanes = ({
  apps,
  rows,
  axis,
}: {
  readonly apps: readonly string[];
  readonly rows: readonly ActivityRow[];
  readonly axis: TimeAxis;
}) => (
  <div className="swimlanes" aria-hidden="true">
    {apps.map((app, appIndex) => (
      <div key={app} className="swimlane" data-app-index={appIndex % 8}>
        <span className="swimlane-name">{app}</span>
        <span className="swimlane-track">
          {rows
            .filter((row) => row.activity.appId === app)
            .map(({ activity }) => (
              <span
                key={activity.spanId}
                className={`swimlane-bar ${activity.outcome}`}
                style={barStyle(activity, axis)}
              />
            ))}
        </span>
      </div>
    ))}
    <div className="swimlane waits">
      <span className="swimlane-name" />
      <span className="swimlane-track">
        {axis.waits.map((wait) => (
          <span
            key={wait.position}
            className="wait figures"
            style={{ left: percent(wait.position), width: percent(wait.width) }}
          >
            {formatDuration(wait.ms)}
          </span>
        ))}
      </span>
    </div>
  </div>
);

export const barStyle = (
  { startedAt, durationMs }: { readonly startedAt: number; readonly durationMs: number },
  axis: TimeAxis,
): CSSProperties => {
  const from = axis.position(startedAt);
  return { left: percent(from), width: percent(axis.position(startedAt + durationMs) - from) };
};
