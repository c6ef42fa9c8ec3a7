import { openDatabase } from '@tidewater/kit/database.ts';
import { openOutbox } from '@tidewater/kit/outbox.ts';
import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { World } from '@tidewater/kit/world.ts';
import { migrations } from './migrations.ts';
import { orderSubscription } from './order-subscription.ts';
import { paymentDesk } from './payment-desk.ts';
import { paymentRoutes } from './payment-routes.ts';
import { providerClient } from './provider-client.ts';

/** Opens schema `payment` and joins the parts. `PROVIDER_URL` names the provider; it need not be there yet. */
export async function payment(world: World): Promise<ServiceParts> {
  const { env } = world;
  const timeoutMs = 1_000 * env.seconds('PROVIDER_TIMEOUT_SECONDS', 15);
  const provider = providerClient({ url: env.required('PROVIDER_URL'), timeoutMs });
  const database = await openDatabase(world, { schema: 'payment', migrations });
  const outbox = openOutbox(world, database);
  return {
    routes: (app) => paymentRoutes(app, database, provider),
    subscriptions: [orderSubscription(paymentDesk({ database, outbox, provider }))],
    closing: [database, outbox],
  };
}
