import type { World } from '@tidewater/kit/world.ts';
import type { OrderQueries } from './order-queries.ts';
import type { ReadModel } from './read-model.ts';
import type { Orders } from './routes.ts';

export interface ProjectionRepairOptions {
  readonly world: Pick<World, 'clock' | 'log'>;
  readonly queries: OrderQueries;
  readonly orders: Orders;
  readonly model: ReadModel;
  /** How long an order may rest in one status without being looked at. */
  readonly restMs: number;
}

export interface ProjectionRepair {
  /** Reads orders whose projection is not complete from the orders themselves, a part of them with each run. */
  run(): Promise<void>;
  /** Reads one order into the projection when it is not there at all. */
  include(orderId: string): Promise<void>;
}

const atOnce = 100;

/** The owner of the hop from order to projection: events that the broker lost are taken from the order. */
export function projectionRepair(options: ProjectionRepairOptions): ProjectionRepair {
  const { world, queries, orders, model, restMs } = options;
  let after = '';

  const readOrder = async (orderId: string): Promise<void> => {
    for (const event of await orders.get(orderId).events()) await model.apply(event);
  };

  return {
    async run() {
      const rows = await queries.unfinished({ after, limit: atOnce, before: world.clock.now() - restMs });
      after = rows.length < atOnce ? '' : (rows.at(-1)?.orderId ?? '');
      for (const { orderId } of rows) await readOrder(orderId);
    },
    async include(orderId) {
      if (await model.has(orderId)) return;
      world.log.debug({ orderId }, 'an order is not in the projection yet, reading it from the order');
      await readOrder(orderId);
    },
  };
}
