import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import type { FastifyInstance } from 'fastify';
import type { ShopServices } from './clients/shop-services.ts';
import type { InsideReader } from './inside/inside-reader.ts';
import { limitConnections } from './limits/connection-limits.ts';
import { limitConcurrency } from './limits/request-concurrency.ts';
import { guardRequests } from './limits/request-guards.ts';
import { countLimited, limitRequests, scaled } from './limits/request-limits.ts';
import type { LiveHub } from './live/live-hub.ts';
import { cardTokenProxy } from './routes/card-token-proxy.ts';
import { cartRoutes } from './routes/cart.ts';
import { frontendFiles } from './routes/frontend-files.ts';
import { liveRoutes } from './routes/live.ts';
import { orderRoutes } from './routes/orders.ts';
import { shopRoutes } from './routes/shop.ts';
import type { Sessions } from './session/session.ts';
import type { Settings } from './settings/settings.ts';

export interface StorefrontRoutesOptions {
  readonly context: Pick<ServiceContext, 'clock' | 'log' | 'metrics'>;
  readonly settings: Settings;
  readonly shop: ShopServices;
  readonly live: LiveHub;
  readonly inside: InsideReader;
  readonly sessions: Sessions;
  readonly cardTokenTimeoutMs?: number;
}

const bodyLimit = 64 << 10;
const connectionsPerAddress = 600;
/** Below kit's own limit, at which new connections are dropped. */
const connections = 4_000;

/** All routes of the service, behind its limits. */
export function storefrontRoutes(options: StorefrontRoutesOptions): (app: FastifyInstance) => void {
  const { context, settings, shop, live, inside, sessions: shoppers, cardTokenTimeoutMs } = options;
  const { clock, log, metrics } = context;
  const { limitFactor, trustProxy, frontendDir } = settings;
  return (app) => {
    limitConnections(app.server, {
      perAddress: trustProxy === false ? scaled(connectionsPerAddress, limitFactor) : undefined,
      total: connections,
      onDropped: () => countLimited(metrics, 'connections'),
    });
    guardRequests(app, { log });
    const sessionLimit = limitRequests(app, { sessions: shoppers, metrics, factor: limitFactor });
    limitConcurrency(app, { sessions: shoppers, metrics, factor: limitFactor });
    void app.register(
      (api, _options, done) => {
        api.addHook('onRoute', (route) => void (route.bodyLimit ??= bodyLimit));
        api.addHook('preHandler', (request, reply, next) => {
          void reply.header('cache-control', 'no-store');
          // After its first request of any kind a page has a session.
          shoppers.shopperOf(request, reply);
          next();
        });
        shopRoutes(api, { shop, log });
        cartRoutes(api, { shop, sessions: shoppers, live, log });
        orderRoutes(api, { shop, sessions: shoppers, inside });
        liveRoutes(api, { live, sessions: shoppers, metrics });
        done();
      },
      { prefix: '/api' },
    );
    const { providerUrl, publishableKey } = settings;
    const timeoutMs = cardTokenTimeoutMs;
    cardTokenProxy(app, { providerUrl, publishableKey, sessions: shoppers, clock, log, timeoutMs });
    frontendFiles(app, frontendDir, { sessions: shoppers, sessionLimit });
  };
}
