import { openDatabase } from '@tidewater/kit/database.ts';
import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { World } from '@tidewater/kit/world.ts';
import { orderActor } from './order-actor.ts';
import { migrations, readModel } from './read-model.ts';
import { orderRoutes } from './routes.ts';
import { orderSubscriptions } from './subscriptions.ts';

/** Joins the order service's parts. */
export async function orderService(world: World): Promise<ServiceParts> {
  const database = await openDatabase(world, { schema: 'ordering', migrations });
  const Order = orderActor({
    graceMs: world.env.seconds('GRACE_SECONDS', 10) * 1_000,
    fulfilmentMs: world.env.seconds('FULFILMENT_SECONDS', 6) * 1_000,
  });
  const orders = world.client.actors(Order);
  const model = readModel(database);
  return {
    actors: [Order],
    routes: orderRoutes(orders, model),
    subscriptions: orderSubscriptions(orders, model),
    closing: [database],
  };
}
