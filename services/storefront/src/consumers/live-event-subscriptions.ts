import type { Clock, CloudEvent, Subscription } from '@outrigger/sdk';
import type { Events } from '@tidewater/contracts/events.ts';
import { isTerminal } from '@tidewater/contracts/order-status.ts';
import { topics } from '@tidewater/contracts/topics.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import type { InsideCapture } from '../inside/inside-capture.ts';
import { lateActivityDelayMs } from '../inside/inside-capture.ts';
import type { LiveHub } from '../live/live-hub.ts';
import { orderReads } from '../live/order-reads.ts';
import type { RecentOrders } from '../inside/recent-orders.ts';
import type { ShopServices } from '../clients/shop-services.ts';

export interface LiveSubscriptionsOptions {
  readonly shop: ShopServices;
  readonly live: LiveHub;
  readonly recent: RecentOrders;
  readonly capture: InsideCapture;
  readonly clock: Clock;
  readonly log: Log;
}

const app = 'storefront';

/**
 * Notifies open pages of events. Failed notifications are not retried, for a page that reconnects loads everything.
 */
export function liveSubscriptions(options: LiveSubscriptionsOptions): readonly Subscription[] {
  const { live, recent, capture, clock } = options;
  const reads = orderReads(options);

  const sendOrder = async ({ data, traceparent }: CloudEvent<Events['order.changed']>): Promise<void> => {
    const { orderId, shopperId, status } = data;
    const eventTraceId = traceIdOf(traceparent);
    if (eventTraceId !== undefined) recent.noteTrace(orderId, eventTraceId);
    const traceId = recent.traceOf(orderId);
    if (traceId !== undefined) capture.request({ orderId, traceId, isLast: isTerminal(status) });
    if (!live.isWatching(shopperId)) return;
    await reads.request(data);
    live.send(shopperId, 'inside', { orderId });
    clock.after(lateActivityDelayMs, () => live.send(shopperId, 'inside', { orderId }));
  };

  return [
    storeSubscription(app, topics.orders, { 'order.changed': sendOrder }),
    storeSubscription(app, topics.products, { 'stock.changed': ({ data }) => live.sendStock(data) }),
  ];
}

/** Undefined without a trace; some sidecars write one of zeros when nothing is traced. */
function traceIdOf(traceparent: string | undefined): string | undefined {
  const [, traceId] = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? '') ?? [];
  return traceId === undefined || /^0+$/.test(traceId) ? undefined : traceId;
}
