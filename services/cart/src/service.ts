import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { World } from '@tidewater/kit/world.ts';
import { cartActor } from './cart-actor.ts';
import { catalogClient } from './catalog.ts';
import { cartRoutes } from './routes.ts';

/** Joins the cart service's parts. */
export function cartService(world: World): ServiceParts {
  const Cart = cartActor(catalogClient(world.client));
  return { actors: [Cart], routes: cartRoutes(world.client.actors(Cart)) };
}
