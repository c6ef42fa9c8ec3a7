import type { Clock, CloudEvent, Subscription } from '@outrigger/sdk';
import type { OrderChanged } from '@tidewater/contracts/events.ts';
import { topics } from '@tidewater/contracts/topics.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { storeSubscription } from '@tidewater/kit/store-events.ts';
import type { LiveHub } from './live-hub.ts';
import type { OrderTrail } from './order-trail.ts';
import type { ShopServices } from './shop-services.ts';

export interface LiveSubscriptions {
  readonly shop: ShopServices;
  readonly live: LiveHub;
  readonly trail: OrderTrail;
  readonly clock: Clock;
  readonly log: Log;
}

/** What an event sets off goes on for a moment after it was told; the view inside is read once more then. */
const aftermathMs = 1_000;

/**
 * Turns events into news for open pages. An event only says that there is something new: what is shown is read from the
 * service that owns it. News that cannot be told is not repeated, for a page that returns reads everything.
 */
export function liveSubscriptions(parts: LiveSubscriptions): readonly Subscription[] {
  const { shop, live, trail, clock, log } = parts;

  const tellOrder = async ({ data, traceparent }: CloudEvent<OrderChanged>): Promise<void> => {
    const { orderId, shopperId, version } = data;
    const traceId = traceIdOf(traceparent);
    if (traceId !== undefined) trail.noteTrace(orderId, traceId);
    if (!live.isWatching(shopperId)) return;
    try {
      live.tell(shopperId, 'order', await shop.order(shopperId, orderId, version));
    } catch (error) {
      log.warn({ error, orderId, version }, 'open pages were not told of an order');
    }
    live.tell(shopperId, 'inside', { orderId });
    clock.after(aftermathMs, () => live.tell(shopperId, 'inside', { orderId }));
  };

  return [
    storeSubscription(topics.orders, { 'order.changed': tellOrder }),
    storeSubscription(topics.stock, { 'stock.changed': ({ data }) => live.tellAll('stock', data) }),
  ];
}

/** Undefined without a trace. Upstream writes one of zeros when nothing is traced. */
function traceIdOf(traceparent: string | undefined): string | undefined {
  const [, traceId] = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? '') ?? [];
  return traceId === undefined || /^0+$/.test(traceId) ? undefined : traceId;
}
