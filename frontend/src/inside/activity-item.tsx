import type { CSSProperties, KeyboardEvent } from 'react';
import { memo } from 'react';
import { formatDuration } from '../format/time.ts';
import { Icon } from '../parts/icon.tsx';
import type { ActivityRow } from './activity-rows.ts';
import { iconOf } from './kind-words.ts';
import { barStyle } from './lanes.tsx';
import { payloadText } from './payload-text.ts';
import type { TimeAxis } from './time-axis.ts';

export interface ActivityItemProps {
  readonly row: ActivityRow;
  readonly lane: number;
  readonly axis: TimeAxis;
  readonly isOpen: boolean;
  readonly onToggle: (spanId: string) => void;
}

/** Deeper than this, the tree is no longer indented: the words need their room. */
const deepest = 16;

export const ActivityItem = memo(({ row, lane, axis, isOpen, onToggle }: ActivityItemProps) => {
  const { activity, depth, group, words, attempt, waited } = row;
  const indent: CSSProperties & Record<'--depth', number> = { '--depth': Math.min(depth, deepest) };
  return (
    <li
      className={`activity ${activity.outcome}`}
      data-testid="inside-activity"
      data-app={activity.appId}
      data-kind={activity.kind}
      data-lane={lane % 8}
      style={indent}
    >
      {waited === undefined ? null : (
        <p className="chapter figures">
          {formatDuration(waited.ms)} after {waited.after}
        </p>
      )}
      <button
        type="button"
        className="activity-row"
        aria-expanded={isOpen}
        onClick={() => onToggle(activity.spanId)}
        onKeyDown={walkRows}
      >
        <span className="activity-words">
          <Icon name={iconOf(group)} />
          <span className="activity-app">{activity.appId}</span>
          <span className="activity-kind">{words}</span>
          <span className="activity-name">{activity.name}</span>
          {attempt === undefined ? null : <span className="mark">attempt {attempt}</span>}
          {group === 'retry' ? <span className="mark">retry</span> : null}
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
    <dl className="facts small">
      <Fact name="kind" value={activity.kind} />
      <Fact name="started" value={new Date(activity.startedAt).toISOString()} />
      <Fact name="span" value={activity.spanId} />
      {activity.parentSpanId === undefined ? null : <Fact name="caused by" value={activity.parentSpanId} />}
      {Object.entries(activity.attributes).map(([name, value]) => (
        <Fact key={name} name={name} value={String(value)} />
      ))}
    </dl>
    {activity.input === undefined ? null : <Payload title="In" text={activity.input} />}
    {activity.output === undefined ? null : <Payload title="Out" text={activity.output} />}
  </div>
);

const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
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

/** Arrows walk the list; Home and End go to its ends. */
const walkRows = (event: KeyboardEvent<HTMLButtonElement>): void => {
  const rows = [...(event.currentTarget.closest('ol')?.querySelectorAll<HTMLButtonElement>('.activity-row') ?? [])];
  const at = rows.indexOf(event.currentTarget);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  rows[to]?.focus();
};
