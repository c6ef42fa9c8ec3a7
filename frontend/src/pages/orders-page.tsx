import type { OrderSummary } from '@tidewater/contracts/storefront.ts';
import { Link } from 'wouter';
import { ordersQuery } from '../data/queries.ts';
import { useLiveState, useShop } from '../data/shop.ts';
import { useServerQuery } from '../data/use-server-query.ts';
import { itemCount } from '../format/count.ts';
import { formatMoney } from '../format/money.ts';
import { formatClock, formatDay } from '../format/time.ts';
import { toneOf, titleOf } from '../order/order-status-labels.ts';
import { PageHeading } from '../components/page-heading.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { LoadingText, Skeleton } from '../components/skeleton.tsx';
import { hrefs } from '../router/paths.ts';
import { order as orderMessages } from '../messages/en/order.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(orderMessages);

const disconnectedPollMs = 5_000;

export const OrdersPage = () => {
  const { api } = useShop();
  const live = useLiveState();
  const {
    data: orders,
    problem,
    refresh,
    willRetry,
  } = useServerQuery({ ...ordersQuery(api), refetchInterval: live === 'open' ? false : disconnectedPollMs });
  return (
    <div className="page">
      <PageHeading title={text('orders.orders')}>{text('orders.your-orders')}</PageHeading>
      {orders !== undefined ? (
        orders.length === 0 ? (
          <NoOrders />
        ) : (
          <ul className="orders">
            {orders.map((order) => (
              <OrderRow key={order.orderId} order={order} />
            ))}
          </ul>
        )
      ) : problem !== undefined ? (
        <ProblemNotice problem={problem} onRetry={refresh} willRetry={willRetry} />
      ) : (
        <>
          <LoadingText what={text('orders.your-orders-2')} />
          <Skeleton className="line-placeholder" />
          <Skeleton className="line-placeholder" />
        </>
      )}
    </div>
  );
};

const OrderRow = ({ order }: { readonly order: OrderSummary }) => (
  <li className="order-row">
    <Link href={hrefs.order(order.orderId)} className="order-row-name">
      {text('order.order-orderid', { orderId: order.orderId })}
    </Link>
    <span className={`order-row-status ${toneOf(order.status)}`}>{titleOf(order.status)}</span>
    <time className="quiet figures" dateTime={order.placedAt}>
      {formatDay(order.placedAt)}, {formatClock(order.placedAt)}
    </time>
    <span className="quiet figures">{itemCount(order.itemCount)}</span>
    <span className="figures order-row-total">{formatMoney(order.total)}</span>
  </li>
);

const NoOrders = () => (
  <div className="empty">
    <h2>{text('orders.no-orders-yet')}</h2>
    <p>{text('orders.what-you-buy-in')}</p>
    <Link href={hrefs.shop()} className="button">
      {text('orders.browse-the-shop')}
    </Link>
  </div>
);
