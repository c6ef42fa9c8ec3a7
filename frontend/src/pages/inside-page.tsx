import type { InsideView } from '@tidewater/contracts/storefront.ts';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { insideQuery } from '../data/queries.ts';
import { useLiveState, useShop } from '../data/shop.ts';
import { useServerQuery } from '../data/use-server-query.ts';
import { formatDuration } from '../format/time.ts';
import { ActivityFilter } from '../inside/activity-filter.tsx';
import { ActivityItem } from '../inside/activity-item.tsx';
import type { RowFilter } from '../inside/activity-rows.ts';
import { activityRows, shownRows } from '../inside/activity-rows.ts';
import { Swimlanes } from '../inside/swimlanes.tsx';
import { timeAxis } from '../inside/time-axis.ts';
import { toggled } from '../inside/toggled.ts';
import { orderTitle } from '../order/order-text.ts';
import { useOrder } from '../order/use-order.ts';
import { PageHeading } from '../components/page-heading.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { LoadingText, Skeleton } from '../components/skeleton.tsx';
import { hrefs } from '../router/paths.ts';
import { inside as insideMessages } from '../messages/en/inside.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(insideMessages);

const disconnectedPollMs = 2_000;
const connectedPollMs = 10_000;

export const InsidePage = ({ orderId }: { readonly orderId: string }) => {
  const { api } = useShop();
  const live = useLiveState();
  const { data: order } = useOrder(orderId);
  const { data, problem, refresh, willRetry } = useServerQuery({
    ...insideQuery(api, orderId),
    refetchInterval: live === 'open' ? connectedPollMs : disconnectedPollMs,
  });
  return (
    <div className="page inside">
      <nav className="crumbs" aria-label={text('inside.you-are-here')}>
        <Link href={hrefs.orders}>{text('inside.orders')}</Link>
        <span aria-hidden="true">/</span>
        <Link href={hrefs.order(orderId)}>{text('inside.order-orderid', { orderId })}</Link>
        <span aria-hidden="true">/</span>
        <span>{text('inside.inside')}</span>
      </nav>
      <PageHeading title={text('inside.inside-order-orderid', { orderId })}>
        {text('inside.how-this-order-works')}
      </PageHeading>
      <p className="inside-intro">{text('inside.every-call-event-actor')}</p>
      <p className="inside-status">
        {order === undefined ? null : (
          <>
            {text('inside.the-order-is-now')}{' '}
            <strong data-testid="order-status" data-status={order.status}>
              {orderTitle(order)}
            </strong>
            .
          </>
        )}
      </p>
      {data !== undefined ? (
        <Activities view={data} />
      ) : problem !== undefined ? (
        <InsideProblem problem={problem} orderId={orderId} onRetry={refresh} willRetry={willRetry} />
      ) : (
        <InsideSkeleton />
      )}
    </div>
  );
};

const noFilter: RowFilter = { apps: new Set(), groups: new Set() };

const Activities = ({ view }: { readonly view: InsideView }) => {
  const [filter, setFilter] = useState(noFilter);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => activityRows(view.activities), [view]);
  const axis = useMemo(() => timeAxis(view.activities), [view]);
  const shown = useMemo(() => shownRows(rows, filter), [rows, filter]);
  const toggle = useCallback((spanId: string) => setOpen((before) => toggled(before, spanId)), []);
  const errors = rows.filter((row) => row.activity.outcome === 'error').length;
  const retries = rows.filter((row) => row.attempt !== undefined || row.group === 'retry').length;
  if (rows.length === 0) return <NoActivities />;
  return (
    <>
      <dl className="inside-figures">
        <Figure name="activities" value={String(rows.length)} />
        <Figure name="programs" value={String(view.apps.length)} />
        <Figure name="at work" value={formatDuration(axis.busyMs)} />
        <Figure name="from first to last" value={formatDuration(axis.totalMs)} />
        <Figure name="retries" value={String(retries)} />
        <Figure name="errors" value={String(errors)} />
        <Figure name="trace" value={view.traceId} isCode />
      </dl>
      <Swimlanes apps={view.apps} rows={shown} axis={axis} />
      <ActivityFilter apps={view.apps} rows={rows} filter={filter} onChange={setFilter} />
      <output className="quiet small">
        {shown.length === rows.length
          ? text('inside.count', { count: rows.length })
          : text('inside.count-shown', {
              shown: shown.length,
              count: rows.length,
            })}
        <span className="wide-only"> {text('inside.arrow-keys-walk-the')}</span>
      </output>
      <ol className="activities">
        {shown.map((row) => (
          <ActivityItem
            key={row.activity.spanId}
            row={row}
            appIndex={Math.max(0, view.apps.indexOf(row.activity.appId))}
            axis={axis}
            isOpen={open.has(row.activity.spanId)}
            onToggle={toggle}
          />
        ))}
      </ol>
    </>
  );
};

const Figure = ({
  name,
  value,
  isCode = false,
}: {
  readonly name: string;
  readonly value: string;
  readonly isCode?: boolean;
}) => (
  <div className={isCode ? 'trace' : ''}>
    <dt>{name}</dt>
    <dd className={isCode ? 'code' : 'figures'}>{value}</dd>
  </div>
);

const NoActivities = () => (
  <div className="empty">
    <h2>{text('inside.nothing-recorded-yet')}</h2>
    <p>{text('inside.the-first-activities-appear')}</p>
  </div>
);

interface InsideProblemProps {
  readonly problem: Parameters<typeof ProblemNotice>[0]['problem'] & { readonly status: number };
  readonly orderId: string;
  readonly onRetry: () => void;
  readonly willRetry: boolean | undefined;
}

const InsideProblem = ({ problem, orderId, onRetry, willRetry }: InsideProblemProps) => (
  <ProblemNotice
    problem={
      problem.status === 501
        ? {
            title: 'This sidecar keeps no activity stream',
            detail: 'The store runs on a sidecar that does not record its activities. The order itself works the same.',
          }
        : problem
    }
    {...(problem.status === 501 ? {} : { onRetry, willRetry })}
  >
    <p>
      <Link href={hrefs.order(orderId)}>{text('inside.back-to-the-order')}</Link>
    </p>
  </ProblemNotice>
);

const InsideSkeleton = () => (
  <>
    <LoadingText what={text('inside.the-inside-of-the')} />
    <Skeleton className="swimlanes-placeholder" />
    {Array.from({ length: 8 }, (_, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- they are all alike
      <Skeleton key={index} className="activity-placeholder" />
    ))}
  </>
);
