import { Icon } from '../components/icon.tsx';
import type { ActivityRow, RowFilter } from './activity-rows.ts';
import { countBy } from './activity-rows.ts';
import { groups } from './activity-labels.ts';
import { toggled } from './toggled.ts';
import { inside as insideMessages } from '../messages/en/inside.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(insideMessages);

export interface ActivityFilterProps {
  readonly apps: readonly string[];
  readonly rows: readonly ActivityRow[];
  readonly filter: RowFilter;
  readonly onChange: (filter: RowFilter) => void;
}

export const ActivityFilter = ({ apps, rows, filter, onChange }: ActivityFilterProps) => {
  const byApp = countBy(rows, (row) => row.activity.appId);
  const byGroup = countBy(rows, (row) => row.group);
  return (
    <div className="inside-filter">
      <fieldset aria-label={text('activity-filter.filter-by-program')}>
        {apps.map((app, appIndex) => (
          <button
            key={app}
            type="button"
            className="pill"
            data-app-index={appIndex % 8}
            aria-pressed={filter.apps.has(app)}
            onClick={() => onChange({ ...filter, apps: toggled(filter.apps, app) })}
          >
            <span className="app-mark" aria-hidden="true" />
            {app} <span className="figures quiet">{byApp.get(app) ?? 0}</span>
          </button>
        ))}
      </fieldset>
      <fieldset aria-label={text('activity-filter.filter-by-kind')}>
        {groups
          .filter(({ group }) => byGroup.has(group))
          .map(({ group, label, icon }) => (
            <button
              key={group}
              type="button"
              className="pill"
              aria-pressed={filter.groups.has(group)}
              onClick={() => onChange({ ...filter, groups: toggled(filter.groups, group) })}
            >
              <Icon name={icon} />
              {label} <span className="figures quiet">{byGroup.get(group)}</span>
            </button>
          ))}
      </fieldset>
    </div>
  );
};
