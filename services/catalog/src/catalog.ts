import { openDatabase } from '@tidewater/kit/database.ts';
import { measureOutbox } from '@tidewater/kit/outbox-metrics.ts';
import { openOutbox } from '@tidewater/kit/outbox.ts';
import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { World } from '@tidewater/kit/world.ts';
import { catalogRoutes } from './catalog-routes.ts';
import { migrations } from './migrations.ts';
import { orderStockRoutes } from './order-stock-routes.ts';
import { orderSubscription } from './order-subscription.ts';
import { plantSeed } from './plant-seed.ts';
import { productCare } from './product-care.ts';
import { shelves } from './seed/shop-shelves.ts';

/** Opens schema `catalog`, fills it when it is new, and joins the parts. */
export async function catalog(world: World): Promise<ServiceParts> {
  const database = await openDatabase(world, { schema: 'catalog', migrations });
  await database.transaction((tx) => plantSeed(tx, shelves));
  const outbox = openOutbox(world, database);
  measureOutbox(world.metrics, database);
  const care = productCare(database, outbox);
  return {
    ready: async () => void (await database.query('select 1')),
    routes(app) {
      catalogRoutes(app, { database, care });
      orderStockRoutes(app, database);
    },
    subscriptions: [orderSubscription({ database, outbox, log: world.log })],
    closing: [database, outbox],
  };
}
