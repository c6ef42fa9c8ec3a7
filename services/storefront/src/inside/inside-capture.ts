import type { Clock } from '@outrigger/sdk';
import type { Log } from '@tidewater/kit/log.ts';
import type { ActivityReader } from './activity-reader.ts';
import { hasNoActivities } from './activity-reader.ts';
import { bounded } from './inside-store.ts';
import type { InsideStore } from './inside-store.ts';
import { activityForPage } from './inside-view.ts';
import { activitiesOf } from './order-activities.ts';

/** Stores what the sidecars recorded of orders, in the background, before they overwrite it. */
export interface InsideCapture {
  /** Schedules the order's activities to be stored. Requests of one order are combined. */
  request(order: OrderToCapture): void;
  /** Ends after the capture that is running. */
  close(): Promise<void>;
}

export interface OrderToCapture {
  readonly orderId: string;
  readonly traceId: string;
  /** The order is not expected to change again. */
  readonly isLast: boolean;
}

export interface InsideCaptureOptions {
  readonly reader: ActivityReader;
  readonly store: InsideStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** The effects of an event continue for a moment after it. */
export const lateActivityDelayMs = 1_500;
const perOrderMs = 2_000;
/** Bounds the load of captures on the sidecars, whatever the number of orders. */
const restFactor = 3;
const minRestMs = 20;
const maxWaiting = 2_000;
const retryMs = 5_000;
const maxAttempts = 5;
/** How long captures pause on a sidecar without activities. */
const unsupportedMs = 300_000;
const pruneMs = 3_600_000;

interface Waiting extends OrderToCapture {
  readonly dueAt: number;
  readonly attempts: number;
}

export function insideCapture({ reader, store, clock, log }: InsideCaptureOptions): InsideCapture {
  const waiting = new Map<string, Waiting>();
  const capturedAt = new Map<string, number>();
  let pausedUntil = 0;
  let restUntil = 0;
  let running: Promise<void> | undefined;
  let cancelNext = (): void => {};
  let isClosed = false;

  const add = (order: Waiting): void => {
    waiting.set(order.orderId, order);
    dropOldest(waiting, maxWaiting);
    schedule();
  };

  const schedule = (): void => {
    cancelNext();
    if (isClosed || running !== undefined || waiting.size === 0) return;
    let dueAt = Infinity;
    for (const order of waiting.values()) dueAt = Math.min(dueAt, order.dueAt);
    cancelNext = clock.after(Math.max(dueAt, restUntil) - clock.now(), start);
  };

  const start = (): void => {
    const next = [...waiting.values()].reduce((a, b) => (b.dueAt < a.dueAt ? b : a));
    waiting.delete(next.orderId);
    const startedAt = clock.now();
    running = capture(next).finally(() => {
      running = undefined;
      const now = clock.now();
      restUntil = now + Math.max(minRestMs, restFactor * (now - startedAt));
      schedule();
    });
  };

  const capture = async (order: Waiting): Promise<void> => {
    const { orderId, attempts } = order;
    try {
      await storeActivities(order);
      capturedAt.set(orderId, clock.now());
      dropOldest(capturedAt, maxWaiting);
    } catch (error) {
      if (hasNoActivities(error)) {
        pausedUntil = clock.now() + unsupportedMs;
        waiting.clear();
        return;
      }
      log.debug({ error, orderId, attempts }, 'the activities of an order were not stored');
      if (attempts >= maxAttempts || waiting.has(orderId)) return;
      add({ ...order, attempts: attempts + 1, dueAt: clock.now() + retryMs });
    }
  };

  const storeActivities = async ({ orderId, traceId: latestTraceId }: Waiting): Promise<void> => {
    const stored = await store.read(orderId);
    const traceId = stored?.traceId ?? latestTraceId;
    const live = (await reader.ofTrace(traceId)).map(activityForPage);
    const bySpan = new Map([...(stored?.activities ?? []), ...live].map((each) => [each.spanId, each]));
    const activities = bounded(activitiesOf(orderId, [...bySpan.values()]));
    // An activity never changes once it is recorded.
    const storedSpans = new Set(stored?.activities.map(({ spanId }) => spanId));
    if (activities.some(({ spanId }) => !storedSpans.has(spanId))) await store.save(orderId, { traceId, activities });
  };

  const prune = (): void => {
    cancelPrune = clock.after(pruneMs, prune);
    store.prune().catch((error: unknown) => log.warn({ error }, 'old inside views were not removed'));
  };
  let cancelPrune = clock.after(pruneMs, prune);

  return {
    request({ orderId, traceId, isLast }) {
      const now = clock.now();
      if (isClosed || now < pausedUntil) return;
      const pending = waiting.get(orderId);
      const earliest = Math.max(now + lateActivityDelayMs, (capturedAt.get(orderId) ?? -Infinity) + perOrderMs);
      // The last capture comes after the last event; others may come with an earlier one.
      const dueAt = isLast || pending === undefined ? earliest : pending.dueAt;
      add({ orderId, traceId, isLast: isLast || pending?.isLast === true, dueAt, attempts: 1 });
    },
    async close() {
      isClosed = true;
      cancelNext();
      cancelPrune();
      await running;
    },
  };
}

function dropOldest(map: Map<string, unknown>, maxSize: number): void {
  const [oldest] = map.keys();
  if (map.size > maxSize && oldest !== undefined) map.delete(oldest);
}
