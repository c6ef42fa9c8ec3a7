import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import type { FastifyInstance } from 'fastify';
import { activityReader } from './activity-reader.ts';
import { openInBackground } from './background-database.ts';
import { cardTokenProxy } from './card-token-proxy.ts';
import { cartRoutes } from './cart-routes.ts';
import { limitConnections } from './connection-limits.ts';
import { frontendFiles, isFrontendBuilt } from './frontend-files.ts';
import { insideCapture } from './inside-capture.ts';
import { insideReader } from './inside-reader.ts';
import { insideMigrations, insideStore } from './inside-store.ts';
import type { InsideStore } from './inside-store.ts';
import { liveHub } from './live-hub.ts';
import { liveRoutes } from './live-routes.ts';
import { liveSubscriptions } from './live-subscriptions.ts';
import { orderRoutes } from './order-routes.ts';
import { recentOrders } from './recent-orders.ts';
import { guardRequests, securityHeaders } from './request-guards.ts';
import { limitConcurrency } from './request-concurrency.ts';
import { countLimited, limitRequests, scaled } from './request-limits.ts';
import { sessions } from './session.ts';
import { readSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { shopRoutes } from './shop-routes.ts';
import { shopServices } from './shop-services.ts';

/** The storefront with its own schema in Postgres, which is opened in the background. */
export function storefront(context: ServiceContext): ServiceParts {
  const settings = readSettings(context.env);
  context.env.required('DATABASE_URL');
  const database = openInBackground(context, { schema: 'storefront', migrations: insideMigrations });
  const store = insideStore({ queries: database.queries, now: () => context.clock.now() });
  const parts = storefrontParts(context, { settings, store });
  return { ...parts, closing: [database, ...(parts.closing ?? [])] };
}

export interface StorefrontOptions {
  readonly settings: Settings;
  readonly store: InsideStore;
  readonly cardTokenTimeoutMs?: number;
}

const bodyLimit = 64 << 10;
const streamsPerShopper = 8;
const streamsPerAddress = 300;
const connectionsPerAddress = 600;
/** Below kit's own limit, at which new connections are dropped. */
const connections = 4_000;

/** Composes the service. */
export function storefrontParts(context: ServiceContext, options: StorefrontOptions): ServiceParts {
  const { client, clock, random, log, metrics } = context;
  const { settings, store, cardTokenTimeoutMs } = options;
  const { limitFactor, trustProxy, frontendDir } = settings;
  const shop = shopServices({ client, clock, log });
  const recent = recentOrders();
  const live = liveHub({
    clock,
    perShopper: scaled(streamsPerShopper, limitFactor),
    perAddress: scaled(streamsPerAddress, limitFactor),
  });
  const activities = activityReader(client, settings.apps);
  const inside = insideReader({ activities, store, recent, clock, log });
  const capture = insideCapture({ reader: activities, store, clock, log });
  const shoppers = sessions({
    secret: settings.sessionSecret,
    clock,
    random,
    onCreated: () => metrics.count('store_sessions_created_total', 'Visitors who were given a session.'),
  });
  metrics.gauge('store_open_streams', 'Open streams of server-sent events.', () => live.openStreams());

  const routes = (app: FastifyInstance): void => {
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

  return {
    isPublic: true,
    trustProxy,
    headers: securityHeaders,
    routes,
    subscriptions: liveSubscriptions({ shop, live, recent, capture, clock, log }),
    closing: [live, capture],
    async ready() {
      await store.ready();
      if (frontendDir !== undefined && !isFrontendBuilt(frontendDir))
        throw new Error(`FRONTEND_DIR is ${frontendDir}, where no pages are built`);
    },
  };
}
