import { openDatabase } from '@tidewater/kit/database.ts';
import { measureOutbox } from '@tidewater/kit/outbox-metrics.ts';
import { openOutbox } from '@tidewater/kit/outbox.ts';
import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { catalogRoutes } from './catalog-routes.ts';
import { migrations } from './migrations.ts';
import { orderStockRoutes } from './order-stock-routes.ts';
import { commandSubscription } from './command-subscription.ts';
import { seedCatalog } from './seed/seed-catalog.ts';
import { productCommands } from './product-commands.ts';
import { seedCategories } from './seed/seed-categories.ts';

/** Opens and seeds schema `catalog`, and composes the service. */
export async function catalog(context: ServiceContext): Promise<ServiceParts> {
  const database = await openDatabase(context, { schema: 'catalog', migrations });
  await database.transaction((tx) => seedCatalog(tx, seedCategories));
  const outbox = openOutbox(context, database);
  measureOutbox(context.metrics, database);
  const commands = productCommands(database, outbox);
  return {
    ready: async () => void (await database.query('select 1')),
    routes(app) {
      catalogRoutes(app, { database, commands });
      orderStockRoutes(app, database);
    },
    subscriptions: [commandSubscription({ database, outbox, log: context.log })],
    closing: [database, outbox],
  };
}
