import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useState } from 'react';
import { wasJustPlaced } from '../checkout/attempt.ts';
import { countries } from '../checkout/checkout-fields.ts';
import { Totals } from '../cart/totals.tsx';
import { useLiveState } from '../data/shop.ts';
import { countOf } from '../format/count.ts';
import { formatMoney } from '../format/money.ts';
import { formatMoment } from '../format/time.ts';
import { CancelOrder } from '../order/cancel-order.tsx';
import { moodOf, titleOf } from '../order/status-words.ts';
import { Timeline } from '../order/timeline.tsx';
import { useOrder } from '../order/use-order.ts';
import { Contours } from '../parts/contours.tsx';
import { PageHeading } from '../parts/page-heading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { LoadingWords, Skeleton } from '../parts/skeleton.tsx';
import { Link } from '../router/link.tsx';

export const OrderPage = ({ orderId }: { readonly orderId: string }) => {
  const { data: order, problem, refresh } = useOrder(orderId);
  const isNew = useIsNew(orderId);
  if (order === undefined && problem !== undefined && !(problem.status === 404 && isNew)) {
    return problem.status === 404 ? (
      <Unknown />
    ) : (
      <div className="page narrow">
        <PageHeading title="Not loaded">We could not fetch your order</PageHeading>
        <ProblemNotice problem={problem} onRetry={refresh} />
      </div>
    );
  }
  return (
    <>
      <section className={`order-head ${order === undefined ? '' : moodOf(order.status)}`}>
        <Contours seed={17} height={420} levels={8} />
        <div className="order-head-row">
          <PageHeading
            title={order === undefined ? `Order ${orderId}` : `${titleOf(order.status)}: order ${orderId}`}
            className="order-number"
          >
            Order {orderId}
          </PageHeading>
          <p className="order-status" data-testid="order-status" data-status={order?.status}>
            {order === undefined ? <Skeleton className="w-6" /> : titleOf(order.status)}
          </p>
          <p className="order-next">
            {order === undefined ? <Skeleton className="w-9" /> : (order.next ?? lastWords(order))}
          </p>
        </div>
      </section>
      <div className="page split order-split">
        <section aria-label="What happened">
          {order === undefined ? <TimelineSkeleton /> : <Timeline order={order} />}
          <LiveWords isOver={order !== undefined && order.next === undefined} />
        </section>
        {order === undefined ? <Skeleton className="summary summary-blank" /> : <Summary order={order} />}
      </div>
    </>
  );
};

const Summary = ({ order }: { readonly order: OrderView }) => (
  <aside className="summary" aria-label="Summary">
    <h2>{countOf(order.itemCount, 'thing')}</h2>
    <ul className="summary-lines">
      {order.lines.map((line) => (
        <li key={line.productId}>
          <span>
            <span className="figures">{line.quantity} ×</span>{' '}
            <Link to={{ page: 'product', productId: line.productId }}>{line.name}</Link>
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
        <dt>Placed</dt>
        <dd>
          <time dateTime={order.placedAt} className="figures">
            {formatMoment(order.placedAt)}
          </time>
        </dd>
      </div>
      <div>
        <dt>To</dt>
        <dd>
          {order.contact.name}, {order.address.street}, {order.address.postcode} {order.address.city},{' '}
          {countries.find(([code]) => code === order.address.country)?.[1] ?? order.address.country}
        </dd>
      </div>
      <div>
        <dt>Card</dt>
        <dd>
          {order.payment.brand} ending in <span className="figures">{order.payment.last4}</span>
        </dd>
      </div>
    </dl>
    <CancelOrder order={order} />
    <p className="small">
      <Link to={{ page: 'inside', orderId: order.orderId }} className="inside-link">
        How this order works inside
      </Link>
    </p>
  </aside>
);

const lastWords = (order: OrderView): string => {
  switch (moodOf(order.status)) {
    case 'good':
      return 'It is with you. Go out and use it.';
    case 'bad':
      return order.status === 'rejected'
        ? 'We charged nothing.'
        : 'Nothing was charged, and your things are back on the shelf.';
    case 'over':
      return order.status === 'refunded' ? 'What you paid is on its way back to your card.' : 'Nothing was charged.';
    case 'underway':
      return 'On its way through the shop.';
  }
};

const LiveWords = ({ isOver }: { readonly isOver: boolean }) => {
  const live = useLiveState();
  // Its place stays: what is below must not move up when the order ends.
  if (isOver) return <p className="live-words small" />;
  return (
    <p className={`live-words small ${live}`}>
      <span className="live-mark" aria-hidden="true" />
      {live === 'open'
        ? 'This page updates itself.'
        : live === 'broken'
          ? 'The live line broke; we are asking every two seconds instead.'
          : 'Connecting…'}
    </p>
  );
};

const patienceMs = 20_000;

/** True for a while after this tab placed the order: then "not found" means "not written yet". */
const useIsNew = (orderId: string): boolean => {
  const [isNew, setNew] = useState(() => wasJustPlaced(sessionStorage, orderId));
  useEffect(() => {
    const end = setTimeout(() => setNew(false), patienceMs);
    return () => clearTimeout(end);
  }, []);
  return isNew;
};

const TimelineSkeleton = () => (
  <div className="timeline" aria-hidden="true">
    <LoadingWords what="your order" />
    {Array.from({ length: 5 }, (_, index) => (
      // oxlint-disable-next-line react/no-array-index-key -- they are all alike
      <Skeleton key={index} className="step-blank" />
    ))}
  </div>
);

const Unknown = () => (
  <div className="page narrow empty">
    <PageHeading title="No such order">We know no such order</PageHeading>
    <p>There is no order of yours with this number. Orders are kept with the browser that placed them.</p>
    <Link to={{ page: 'orders' }} className="button">
      See your orders
    </Link>
  </div>
);
