import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { countryName } from '../checkout/countries.ts';
import { Totals } from '../cart/totals.tsx';
import { useLiveState } from '../data/shop.ts';
import { itemCount } from '../format/count.ts';
import { formatMoney } from '../format/money.ts';
import { formatMoment } from '../format/time.ts';
import { CancelOrder } from '../order/cancel-order.tsx';
import { cardText, isPending, isSettled, leadText, orderTitle } from '../order/order-text.ts';
import { toneOf } from '../order/order-status-labels.ts';
import { Timeline } from '../order/timeline.tsx';
import { useOrder } from '../order/use-order.ts';
import { useReplacedOrder } from '../order/use-replaced-order.ts';
import { Contours } from '../components/contours.tsx';
import { PageHeading } from '../components/page-heading.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { LoadingText, Skeleton } from '../components/skeleton.tsx';
import { hrefs } from '../router/paths.ts';
import { order as orderMessages } from '../messages/en/order.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(orderMessages);

export const OrderPage = ({ orderId }: { readonly orderId: string }) => {
  const { data: order, problem, refresh, willRetry } = useOrder(orderId);
  const isSearchingReplacement = useReplacedOrder(orderId, order === undefined && problem?.status === 404);
  const waitedMs = useWaited(order !== undefined && isPending(order));
  if (order === undefined && problem !== undefined && !isSearchingReplacement) {
    return problem.status === 404 ? (
      <UnknownOrder />
    ) : (
      <div className="page narrow">
        <PageHeading title={text('order.not-loaded')}>{text('order.we-could-not-fetch')}</PageHeading>
        <ProblemNotice problem={problem} onRetry={refresh} willRetry={willRetry} />
      </div>
    );
  }
  return (
    <>
      <section className={`order-head ${order === undefined ? '' : toneOf(order.status)}`}>
        <Contours seed={17} height={420} levels={8} />
        <div className="order-head-row">
          <PageHeading
            title={
              order === undefined
                ? text('order.order-orderid', { orderId })
                : text('order.order-order-orderid', { order: orderTitle(order), orderId })
            }
            className="order-number"
          >
            {text('order.order-orderid', { orderId })}
          </PageHeading>
          <p className="order-status" data-testid="order-status" data-status={order?.status}>
            {order === undefined ? <Skeleton className="w-6" /> : orderTitle(order)}
          </p>
          <p className="order-next">{order === undefined ? <Skeleton className="w-9" /> : leadText(order, waitedMs)}</p>
        </div>
      </section>
      <div className="page split order-split">
        <section aria-labelledby="what-happened">
          <h2 id="what-happened" className="visually-hidden">
            {text('order.what-happened')}
          </h2>
          {order === undefined ? <TimelineSkeleton /> : <Timeline order={order} />}
          <LiveStatus isOver={order !== undefined && isSettled(order)} />
        </section>
        {order === undefined ? <Skeleton className="summary summary-placeholder" /> : <Summary order={order} />}
      </div>
    </>
  );
};

const Summary = ({ order }: { readonly order: OrderView }) => (
  <aside className="summary" aria-label={text('order.summary')}>
    <h2>{itemCount(order.itemCount)}</h2>
    <ul className="summary-lines">
      {order.lines.map((line) => (
        <li key={line.productId}>
          <span>
            <span className="figures">{line.quantity} ×</span>{' '}
            <Link href={hrefs.product(line.productId)}>{line.name}</Link>
          </span>
          <span className="figures">
            {formatMoney({ ...line.unitPrice, amount: line.unitPrice.amount * line.quantity })}
          </span>
        </li>
      ))}
    </ul>
    <Totals
      subtotal={{ ...order.total, amount: order.total.amount - order.delivery.amount }}
      delivery={order.delivery}
      total={order.total}
    />
    <dl className="parcel small">
      <div>
        <dt>{text('order.placed')}</dt>
        <dd>
          <time dateTime={order.placedAt} className="figures">
            {formatMoment(order.placedAt)}
          </time>
        </dd>
      </div>
      <div>
        <dt>{text('order.to')}</dt>
        <dd>
          {order.contact.name}, {order.address.street}, {`${order.address.postcode} ${order.address.city}`.trim()},{' '}
          {countryName(order.address.country)}
        </dd>
      </div>
      <div>
        <dt>{text('order.card')}</dt>
        <dd className="figures">{cardText(order.payment)}</dd>
      </div>
    </dl>
    {order.status === 'delivered' ? null : <CancelOrder order={order} />}
    <p className="small inside-action">
      <Link href={hrefs.inside(order.orderId)} className="inside-link">
        {text('order.how-this-order-works')}
      </Link>
    </p>
  </aside>
);

const LiveStatus = ({ isOver }: { readonly isOver: boolean }) => {
  const live = useLiveState();
  // The element stays, so that nothing below it moves when the order ends.
  if (isOver) return <p className="live-status small" />;
  return (
    <p className={`live-status small ${live}`}>
      <span className="live-mark" aria-hidden="true" />
      {live === 'open'
        ? text('order.this-page-updates-itself')
        : live === 'broken'
          ? text('order.the-live-line-broke')
          : text('order.connecting')}
    </p>
  );
};

const waitStepMs = 5_000;

/** How long the order has been pending on this page, in steps of 5 s. */
const useWaited = (isWaiting: boolean): number => {
  const [waitedMs, setWaitedMs] = useState(0);
  useEffect(() => {
    if (!isWaiting) return undefined;
    const steps = setInterval(() => setWaitedMs((before) => before + waitStepMs), waitStepMs);
    return () => clearInterval(steps);
  }, [isWaiting]);
  return waitedMs;
};

const TimelineSkeleton = () => (
  <div className="timeline" aria-hidden="true">
    <LoadingText what={text('order.your-order')} />
    {Array.from({ length: 5 }, (_, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- they are all alike
      <Skeleton key={index} className="step-placeholder" />
    ))}
  </div>
);

const UnknownOrder = () => (
  <div className="page narrow empty">
    <PageHeading title={text('order.no-such-order')}>{text('order.we-know-no-such')}</PageHeading>
    <p>{text('order.there-is-no-order')}</p>
    <Link href={hrefs.orders} className="button">
      {text('order.see-your-orders')}
    </Link>
  </div>
);
