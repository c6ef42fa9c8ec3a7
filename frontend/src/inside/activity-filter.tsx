import { Icon } from '../parts/icon.tsx';
import type { ActivityRow, RowFilter } from './activity-rows.ts';
import { tally } from './activity-rows.ts';
import { groups } from './kind-words.ts';
import { toggled } from './toggled.ts';

export interface ActivityFilterProps {
  readonly apps: readonly string[];
  readonly rows: readonly ActivityRow[];
  readonly filter: RowFilter;
  readonly onChange: (filter: RowFilter) => void;
}

export const ActivityFilter = ({ apps, rows, filter, onChange }: ActivityFilterProps) => {
  const byApp = tally(rows, (row) => row.activity.appId);
  const byGroup = tally(rows, (row) => row.group);
  return (
    <div className="inside-filter">
      <fieldset aria-label="Filter by program">
        {apps.map((app, lane) => (
          <button
            key={app}
            type="button"
            className="pill"
            data-lane={lane % 8}
            aria-pressed={filter.apps.has(app)}
            onClick={() => onChange({ ...filter, apps: toggled(filter.apps, app) })}
          >
            <span className="lane-mark" aria-hidden="true" />
            {app} <span className="figures quiet">{byApp.get(app) ?? 0}</span>
          </button>
        ))}
      </fieldset>
      <fieldset aria-label="Filter by kind">
        {groups
          .filter(({ group }) => byGroup.has(group))
          .map(({ group, words, icon }) => (
            <button
              key={group}
              type="button"
              className="pill"
              aria-pressed={filter.groups.has(group)}
              onClick={() => onChange({ ...filter, groups: toggled(filter.groups, group) })}
            >
              <Icon name={icon} />
              {words} <span className="figures quiet">{byGroup.get(group)}</span>
            </button>
          ))}
      </fieldset>
    </div>
  );
};
