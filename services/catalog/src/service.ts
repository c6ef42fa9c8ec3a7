import { openDatabase } from '@tidewater/kit/database.ts';
import { pruneInboxDaily } from '@tidewater/kit/inbox.ts';
import { measureOutbox } from '@tidewater/kit/outbox-metrics.ts';
import { openOutbox } from '@tidewater/kit/outbox.ts';
import type { ServiceParts } from '@tidewater/kit/service-app.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { catalogRoutes } from './routes.ts';
import { migrations } from './schema/migrations.ts';
import { commandSubscription } from './consumers/stock-command-subscription.ts';
import { seedCatalog } from './schema/seed/seed-catalog.ts';
import { productCommands } from './commands/product-commands.ts';
import { seedCategories } from './schema/seed/seed-categories.ts';

/** Opens and seeds schema `catalog`, and composes the service. */
export async function catalogService(context: ServiceContext): Promise<ServiceParts> {
  const database = await openDatabase(context, { schema: 'catalog', migrations });
  await database.transaction((tx) => seedCatalog(tx, seedCategories));
  const outbox = openOutbox(context, database);
  measureOutbox(context.metrics, database);
  const commands = productCommands(database, outbox);
  return {
    ready: async () => void (await database.query('select 1')),
    routes: (app) => catalogRoutes(app, { database, commands }),
    subscriptions: [commandSubscription({ database, outbox, log: context.log })],
    closing: [database, pruneInboxDaily(context, database), outbox],
  };
}
