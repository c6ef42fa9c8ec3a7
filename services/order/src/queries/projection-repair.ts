import type { OrderRecord } from '@tidewater/contracts/events.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import type { OrderQueries } from './order-queries.ts';
import { isSameChange } from './projection.ts';
import type { OrderProjection } from './projection.ts';

/** The orders themselves, whatever they are stored in: the source of the projection. */
export interface RecordedOrders {
  get(orderId: string): { events(): Promise<readonly OrderRecord[]> };
}

export interface ProjectionRepairOptions {
  readonly context: Pick<ServiceContext, 'clock' | 'log'>;
  readonly queries: OrderQueries;
  readonly orders: RecordedOrders;
  readonly projection: OrderProjection;
  /** How long an order may stay in one status without being checked. */
  readonly restMs: number;
}

export interface ProjectionRepair {
  /** Compares orders whose projection is not complete with the orders themselves, a part of them with each run. */
  run(): Promise<void>;
  /** Reads one order into the projection when it is not there at all. */
  include(orderId: string): Promise<void>;
  /** Makes the projection of one order equal to the order. */
  correct(orderId: string): Promise<void>;
}

const pageSize = 100;

/** Repairs the projection: events that the broker lost, or that were never published, are read from the orders. */
export function projectionRepair(options: ProjectionRepairOptions): ProjectionRepair {
  const { context, queries, orders, projection, restMs } = options;
  const { clock, log } = context;
  let after = '';

  const correct = async (orderId: string): Promise<void> => {
    // Read before the order, so that the order has every one of these that is its own.
    const stored = await projection.eventsOf(orderId);
    const events = await orders.get(orderId).events();
    const versions = stored
      .filter((projected) => !events.some((event) => isSameChange(event, projected)))
      .map(({ version }) => version);
    if (versions.length === 0) {
      for (const event of events) await projection.project(event);
      return;
    }
    log.warn(
      { event: 'projection-corrected', orderId, versions },
      'the projection had changes that the order does not have, replaced',
    );
    await projection.replace(orderId, versions, events);
  };

  return {
    correct,
    async run() {
      const rows = await queries.unfinished({ after, limit: pageSize, before: clock.now() - restMs });
      after = rows.length < pageSize ? '' : (rows.at(-1)?.orderId ?? '');
      const failures: unknown[] = [];
      for (const { orderId } of rows) await correct(orderId).catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${rows.length} orders`);
    },
    async include(orderId) {
      if (await projection.has(orderId)) return;
      log.debug({ orderId }, 'an order is missing in the projection, reading it from the order');
      await correct(orderId);
    },
  };
}
