import type { Events } from '@tidewater/contracts/events.ts';
import { orderView } from '@tidewater/contracts/order-view.ts';
import type { OrderDetails } from '@tidewater/contracts/orders.ts';
import type { Log } from '@tidewater/kit/log.ts';
import type { LiveHub } from './live-hub.ts';
import type { ShopServices } from '../clients/shop-services.ts';

type Change = Events['order.changed'];

export interface OrderReads {
  /** Resolves when the pages have the order at this version or a later one, or could not be sent it. */
  request(change: Change): Promise<void>;
}

export interface OrderReadsOptions {
  readonly shop: Pick<ShopServices, 'orderDetails'>;
  readonly live: Pick<LiveHub, 'send'>;
  readonly log: Log;
}

/** An order that pages were sent. Versions have no gaps, so the next event completes it. */
interface FollowedOrder {
  known?: OrderDetails;
  /** Later than `known`. */
  events: readonly Change[];
  running?: Promise<void>;
}

const maxFollowed = 1_000;

/**
 * Sends an order to its shopper's pages after each event. It is read once; the change of each event is then added to it. Only an order
 * of which an event is missing, or contains too little, is read again: once for all events that come while it is read.
 */
export function orderReads({ shop, live, log }: OrderReadsOptions): OrderReads {
  const followed = new Map<string, FollowedOrder>();

  const sendUntilLatest = async (order: FollowedOrder): Promise<void> => {
    for (let last = lastOf(order); last !== undefined; last = lastOf(order)) {
      const { orderId, shopperId, version } = last;
      try {
        order.known =
          withChanges(order.known, order.events) ?? (await shop.orderDetails(shopperId, orderId, { version }));
        live.send(shopperId, 'order', orderView(order.known));
      } catch (error) {
        log.warn({ error, orderId, version }, 'open pages were not sent an order');
        delete order.known;
      }
      const sent = Math.max(version, order.known?.version ?? 0);
      order.events = order.events.filter((event) => event.version > sent);
    }
  };

  const follow = (orderId: string): FollowedOrder => {
    const order = followed.get(orderId) ?? { events: [] };
    // As the last one: the orders whose events are longest ago are forgotten first.
    followed.delete(orderId);
    followed.set(orderId, order);
    const [oldest] = followed.keys();
    if (followed.size > maxFollowed && oldest !== undefined) followed.delete(oldest);
    return order;
  };

  return {
    request(change) {
      const { orderId } = change;
      const order = follow(orderId);
      if (change.version <= (order.known?.version ?? 0)) return order.running ?? Promise.resolve();
      order.events = [...order.events, change];
      return (order.running ??= sendUntilLatest(order).finally(() => {
        delete order.running;
        if (order.known?.isSettled !== false) followed.delete(orderId);
      }));
    },
  };
}

const lastOf = ({ events }: FollowedOrder): Change | undefined =>
  events.reduce<Change | undefined>((last, event) => (event.version > (last?.version ?? 0) ? event : last), undefined);

/** Undefined when the events do not lead from this order to their last one. */
function withChanges(order: OrderDetails | undefined, events: readonly Change[]): OrderDetails | undefined {
  let after = order;
  for (const { version, status, at, change } of events.toSorted((a, b) => a.version - b.version)) {
    if (after === undefined || version <= after.version) continue;
    if (change === undefined || version !== after.version + 1) return undefined;
    const { payment, canCancel, isSettled, ...step } = change;
    const steps = [...after.steps, { version, status, at, ...step }];
    after = { ...after, status, version, payment, canCancel, isSettled, steps };
  }
  return after;
}
