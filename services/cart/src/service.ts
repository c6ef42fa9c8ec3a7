import type { ServiceParts } from '@tidewater/kit/service-app.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { cartActor } from './commands/cart-actor.ts';
import { catalogClient } from './clients/catalog-client.ts';
import { orderClient } from './clients/order-client.ts';
import { cartRoutes } from './routes.ts';

/** Below this, repeats would only be load. */
const minRepeatMs = 100;

/** Composes the cart service. */
export function cartService({ client, env, log }: ServiceContext): ServiceParts {
  const firstMs = Math.max(minRepeatMs, env.seconds('WATCHDOG_SECONDS', 15) * 1_000);
  const Cart = cartActor({ catalog: catalogClient(client), orders: orderClient(client), times: { firstMs }, log });
  return { actors: [Cart], routes: cartRoutes(client.actors(Cart)) };
}
