import type { CSSProperties } from 'react';
import { formatDuration } from '../format/time.ts';
import type { ActivityRow } from './activity-rows.ts';
import type { TimeAxis } from './time-axis.ts';

export const percent = (share: number): string => `${Math.round(share * 10_000) / 100}%`;

/** One lane for each program: who worked when, with waits folded. The same facts are in the list below it. */
export const Swimlanes = ({
  apps,
  rows,
  axis,
}: {
  readonly apps: readonly string[];
  readonly rows: readonly ActivityRow[];
  readonly axis: TimeAxis;
}) => (
  <div className="lanes" aria-hidden="true">
    {apps.map((app, appIndex) => (
      <div key={app} className="lane" data-lane={appIndex % 8}>
        <span className="lane-name">{app}</span>
        <span className="lane-track">
          {rows
            .filter((row) => row.activity.appId === app)
            .map(({ activity }) => (
              <span key={activity.spanId} className={`lane-bar ${activity.outcome}`} style={barStyle(activity, axis)} />
            ))}
        </span>
      </div>
    ))}
    <div className="lane waits">
      <span className="lane-name" />
      <span className="lane-track">
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
