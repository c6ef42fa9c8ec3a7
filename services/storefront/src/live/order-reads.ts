import type { Log } from '@tidewater/kit/log.ts';
import type { LiveHub } from './live-hub.ts';
import type { ShopServices } from '../clients/shop-services.ts';

export interface OrderReads {
  /** Resolves when the pages have the order at this version or a later one, or could not be sent it. */
  request(shopper: string, orderId: string, version: number): Promise<void>;
}

export interface OrderReadsOptions {
  readonly shop: Pick<ShopServices, 'order'>;
  readonly live: Pick<LiveHub, 'send'>;
  readonly log: Log;
}

/** Reads an order and sends it to its shopper's pages. Events that come while it is read cause one more read, not one each. */
export function orderReads({ shop, live, log }: OrderReadsOptions): OrderReads {
  const running = new Map<string, { latest: number; done: Promise<void> }>();

  const readUntilLatest = async (shopper: string, orderId: string, isNewer: (sent: number) => number | undefined) => {
    let sent = 0;
    for (let version = isNewer(sent); version !== undefined; version = isNewer(sent)) {
      try {
        const order = await shop.order(shopper, orderId, { version });
        live.send(shopper, 'order', order);
        sent = Math.max(version, order.version);
      } catch (error) {
        log.warn({ error, orderId, version }, 'open pages were not sent an order');
        sent = version;
      }
    }
  };

  return {
    request(shopper, orderId, version) {
      const existing = running.get(orderId);
      if (existing !== undefined) {
        existing.latest = Math.max(existing.latest, version);
        return existing.done;
      }
      const read = { latest: version, done: Promise.resolve() };
      running.set(orderId, read);
      const isNewer = (sent: number): number | undefined => {
        if (read.latest > sent) return read.latest;
        // In the same step as the comparison: an event that comes later starts the next read.
        running.delete(orderId);
        return undefined;
      };
      read.done = readUntilLatest(shopper, orderId, isNewer);
      return read.done;
    },
  };
}
