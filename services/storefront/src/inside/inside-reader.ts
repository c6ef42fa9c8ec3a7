import type { Clock } from '@outrigger/sdk';
import type { InsideView } from '@tidewater/contracts/storefront.ts';
import type { Log } from '@tidewater/kit/log.ts';
import type { ActivityReader } from './activity-reader.ts';
import type { InsideStore, StoredView } from './inside-store.ts';
import { insideView } from './inside-view.ts';
import type { StreamedActivity } from './inside-view.ts';
import { activitiesOf } from './order-activities.ts';
import type { RecentOrders } from './recent-orders.ts';

/** What happened inside the store for one order: what was stored of it, and what the sidecars have recorded since. */
export interface InsideReader {
  /** Throws a 501 problem when the sidecars record nothing and nothing is stored. */
  view(orderId: string): Promise<InsideView>;
}

export interface InsideReaderOptions {
  readonly activities: ActivityReader;
  readonly store: InsideStore;
  readonly recent: RecentOrders;
  readonly clock: Clock;
  readonly log: Log;
}

const storeMs = 1_000;

export function insideReader({ activities, store, recent, clock, log }: InsideReaderOptions): InsideReader {
  const storedView = async (orderId: string): Promise<StoredView | undefined> => {
    let cancel = (): void => {};
    const timeout = new Promise<undefined>((resolve) => {
      cancel = clock.after(storeMs, () => resolve(undefined));
    });
    try {
      return await Promise.race([store.read(orderId), timeout]);
    } catch (error) {
      log.debug({ error, orderId }, 'what is stored of an order could not be read');
      return undefined;
    } finally {
      cancel();
    }
  };

  const liveActivities = async (traceId: string, hasStored: boolean): Promise<readonly StreamedActivity[]> => {
    try {
      return await activities.ofTrace(traceId);
    } catch (error) {
      if (!hasStored) throw error;
      log.debug({ error }, 'the inside view shows only what is stored');
      return [];
    }
  };

  return {
    async view(orderId) {
      const stored = await storedView(orderId);
      const traceId = stored?.traceId ?? recent.traceOf(orderId) ?? (await activities.traceOf(orderId));
      // Its first event has not arrived, or the sidecars have overwritten it.
      if (traceId === undefined) return insideView(orderId, '', []);
      recent.noteTrace(orderId, traceId);
      const live = await liveActivities(traceId, stored !== undefined);
      const bySpan = new Map([...(stored?.activities ?? []), ...live].map((each) => [each.spanId, each]));
      return insideView(orderId, traceId, activitiesOf(orderId, [...bySpan.values()]));
    },
  };
}
