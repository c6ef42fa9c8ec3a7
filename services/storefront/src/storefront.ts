import { randomBytes } from 'node:crypto';
import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { World } from '@tidewater/kit/world.ts';
import type { FastifyInstance } from 'fastify';
import { activityReader } from './activity-reader.ts';
import { cartRoutes } from './cart-routes.ts';
import { doorRules } from './door-rules.ts';
import { frontendFiles } from './frontend-files.ts';
import { liveHub } from './live-hub.ts';
import { liveRoutes } from './live-routes.ts';
import { liveSubscriptions } from './live-subscriptions.ts';
import { orderRoutes } from './order-routes.ts';
import { orderTrail } from './order-trail.ts';
import { providerDoor } from './provider-door.ts';
import { sessions } from './session.ts';
import { shopRoutes } from './shop-routes.ts';
import { shopServices } from './shop-services.ts';

const bodyLimit = 64 << 10;

/**
 * Joins the parts. `PROVIDER_URL` is required; without `FRONTEND_DIR` only the API is served, and without
 * `SESSION_SECRET` sessions end with the process.
 */
export function storefront(world: World): ServiceParts {
  const { env, client, clock, chance, log } = world;
  const secret = env.optional('SESSION_SECRET') ?? randomBytes(32).toString('base64url');
  const providerUrl = env.required('PROVIDER_URL');
  const shop = shopServices(client);
  const live = liveHub({ clock });
  const trail = orderTrail();
  const activities = activityReader(client);

  const routes = (app: FastifyInstance): void => {
    doorRules(app, { appApiToken: env.optional('APP_API_TOKEN') });
    const shoppers = sessions(app, { secret, chance });
    void app.register(
      (api, _options, done) => {
        api.addHook('onRoute', (route) => void (route.bodyLimit ??= bodyLimit));
        api.addHook('preHandler', (request, reply, next) => {
          void reply.header('cache-control', 'no-store');
          // Whatever a page asks first, its next question comes from somebody.
          shoppers.shopperOf(request, reply);
          next();
        });
        shopRoutes(api, { shop, log });
        cartRoutes(api, { shop, sessions: shoppers, live, trail, log });
        orderRoutes(api, { shop, sessions: shoppers, trail, activities, clock });
        liveRoutes(api, { live, sessions: shoppers });
        done();
      },
      { prefix: '/api' },
    );
    providerDoor(app, { providerUrl, sessions: shoppers });
    frontendFiles(app, env.optional('FRONTEND_DIR'));
  };

  return { routes, subscriptions: liveSubscriptions({ shop, live, trail, clock, log }), closing: [live] };
}
