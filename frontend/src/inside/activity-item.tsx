import type { CSSProperties, KeyboardEvent } from 'react';
import { memo } from 'react';
import { formatDuration } from '../format/time.ts';
import { Icon } from '../components/icon.tsx';
import type { ActivityRow } from './activity-rows.ts';
import { iconOf } from './activity-labels.ts';
import { barStyle } from './swimlanes.tsx';
import { payloadText } from './payload-text.ts';
import type { TimeAxis } from './time-axis.ts';
import { inside as insideMessages } from '../messages/en/inside.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(insideMessages);

export interface ActivityItemProps {
  readonly row: ActivityRow;
  readonly appIndex: number;
  readonly axis: TimeAxis;
  readonly isOpen: boolean;
  readonly onToggle: (spanId: string) => void;
}

/** Rows are not indented further than this, so that their text has enough width. */
const maxDepth = 16;

export const ActivityItem = memo(({ row, appIndex, axis, isOpen, onToggle }: ActivityItemProps) => {
  const { activity, depth, group, label, attempt, waited } = row;
  const indent: CSSProperties & Record<'--depth', number> = { '--depth': Math.min(depth, maxDepth) };
  return (
    <li
      className={`activity ${activity.outcome}`}
      data-testid="inside-activity"
      data-app={activity.appId}
      data-kind={activity.kind}
      data-app-index={appIndex % 8}
      style={indent}
    >
      {waited === undefined ? null : (
        <p className="section-start figures">
          {text('activity-item.ms-after-after', { ms: formatDuration(waited.ms), after: waited.after })}
        </p>
      )}
      <button
        type="button"
        className="activity-row"
        aria-expanded={isOpen}
        onClick={() => onToggle(activity.spanId)}
        onKeyDown={moveFocus}
      >
        <span className="activity-text">
          <Icon name={iconOf(group)} />
          <span className="activity-app">{activity.appId}</span>
          <span className="activity-kind">{label}</span>
          <span className="activity-name">{activity.name}</span>
          {attempt === undefined ? null : (
            <span className="mark">{text('activity-item.attempt-attempt', { attempt })}</span>
          )}
          {group === 'retry' ? <span className="mark">{text('activity-item.retry')}</span> : null}
          {activity.outcome === 'error' ? <span className="mark error">{activity.error?.code ?? 'error'}</span> : null}
        </span>
        <span className="activity-track" aria-hidden="true">
          <span className="activity-bar" style={barStyle(activity, axis)} />
        </span>
        <span className="activity-ms figures">{formatDuration(activity.durationMs)}</span>
      </button>
      {isOpen ? <Details row={row} /> : null}
    </li>
  );
});

const Details = ({ row: { activity } }: { readonly row: ActivityRow }) => (
  <div className="activity-details">
    {activity.error === undefined ? null : (
      <p className="warn">
        {activity.error.code}: {activity.error.message}
      </p>
    )}
    <dl className="details-list small">
      <Attribute name="kind" value={activity.kind} />
      <Attribute name="started" value={new Date(activity.startedAt).toISOString()} />
      <Attribute name="span" value={activity.spanId} />
      {activity.parentSpanId === undefined ? null : <Attribute name="caused by" value={activity.parentSpanId} />}
      {Object.entries(activity.attributes).map(([name, value]) => (
        <Attribute key={name} name={name} value={String(value)} />
      ))}
    </dl>
    {activity.input === undefined ? null : <Payload title={text('activity-item.in')} text={activity.input} />}
    {activity.output === undefined ? null : <Payload title={text('activity-item.out')} text={activity.output} />}
  </div>
);

const Attribute = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd className="code">{value}</dd>
  </div>
);

const Payload = ({ title, text }: { readonly title: string; readonly text: string }) => (
  <figure className="payload">
    <figcaption>{title}</figcaption>
    {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it */}
    <pre tabIndex={0}>{payloadText(text)}</pre>
  </figure>
);

/** Arrow keys move the focus between rows; Home and End go to the first and the last one. */
const moveFocus = (event: KeyboardEvent<HTMLButtonElement>): void => {
  const rows = [...(event.currentTarget.closest('ol')?.querySelectorAll<HTMLButtonElement>('.activity-row') ?? [])];
  const at = rows.indexOf(event.currentTarget);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  rows[to]?.focus();
};
