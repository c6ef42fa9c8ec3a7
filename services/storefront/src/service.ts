import type { ServiceParts } from '@tidewater/kit/service-app.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { activityReader } from './inside/activity-reader.ts';
import { openInBackground } from './inside/background-database.ts';
import { isFrontendBuilt } from './routes/frontend-files.ts';
import { insideCapture } from './inside/inside-capture.ts';
import { insideReader } from './inside/inside-reader.ts';
import { insideStore } from './inside/inside-store.ts';
import type { InsideStore } from './inside/inside-store.ts';
import { liveHub } from './live/live-hub.ts';
import { liveSubscriptions } from './consumers/live-event-subscriptions.ts';
import { storefrontRoutes } from './routes.ts';
import { migrations } from './schema/migrations.ts';
import { recentOrders } from './inside/recent-orders.ts';
import { securityHeaders } from './limits/request-guards.ts';
import { scaled } from './limits/request-limits.ts';
import { sessions } from './session/session.ts';
import { readSettings } from './settings/settings.ts';
import type { Settings } from './settings/settings.ts';
import { shopServices } from './clients/shop-services.ts';

/** The storefront with its own schema in Postgres, which is opened in the background. */
export function storefrontService(context: ServiceContext): ServiceParts {
  const settings = readSettings(context.env);
  context.env.required('DATABASE_URL');
  const database = openInBackground(context, { schema: 'storefront', migrations });
  const store = insideStore({ queries: database.queries, now: () => context.clock.now() });
  const parts = storefrontParts(context, { settings, store });
  return { ...parts, closing: [database, ...(parts.closing ?? [])] };
}

export interface StorefrontOptions {
  readonly settings: Settings;
  readonly store: InsideStore;
  readonly cardTokenTimeoutMs?: number;
}

const streamsPerShopper = 8;
const streamsPerAddress = 300;

/** Composes the service. */
export function storefrontParts(context: ServiceContext, options: StorefrontOptions): ServiceParts {
  const { client, clock, random, log, metrics } = context;
  const { settings, store, cardTokenTimeoutMs } = options;
  const { limitFactor, frontendDir } = settings;
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

  return {
    isPublic: true,
    trustProxy: settings.trustProxy,
    headers: securityHeaders,
    routes: storefrontRoutes({ context, settings, shop, live, inside, sessions: shoppers, cardTokenTimeoutMs }),
    subscriptions: liveSubscriptions({ shop, live, recent, capture, clock, log }),
    closing: [live, capture],
    async ready() {
      await store.ready();
      if (frontendDir !== undefined && !isFrontendBuilt(frontendDir))
        throw new Error(`FRONTEND_DIR is ${frontendDir}, where no pages are built`);
    },
  };
}
