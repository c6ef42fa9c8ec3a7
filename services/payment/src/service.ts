import { openDatabase } from '@tidewater/kit/database.ts';
import { pruneInboxDaily } from '@tidewater/kit/inbox.ts';
import { measureOutbox } from '@tidewater/kit/outbox-metrics.ts';
import { openOutbox } from '@tidewater/kit/outbox.ts';
import type { ServiceParts } from '@tidewater/kit/service-app.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { startInvariantMonitor } from './queries/invariant-monitor.ts';
import { migrations } from './schema/migrations.ts';
import { commandSubscription } from './consumers/payment-command-subscription.ts';
import { paymentHandler } from './commands/payment-handler.ts';
import { checkInvariants } from './queries/payment-invariants.ts';
import { paymentRoutes } from './routes.ts';
import { providerBreaker } from './clients/provider-breaker.ts';
import { providerClient } from './clients/provider-client.ts';
import { requiredSecret } from './settings/required-secret.ts';

/**
 * Opens schema `payment` and composes the service. `PROVIDER_URL` names the provider, which need not run yet;
 * `PROVIDER_SECRET_KEY` authenticates payment there.
 */
export async function paymentService(context: ServiceContext): Promise<ServiceParts> {
  const { env, clock, log, metrics } = context;
  const provider = providerClient({
    url: env.required('PROVIDER_URL'),
    secretKey: requiredSecret(env, 'PROVIDER_SECRET_KEY'),
    timeoutMs: 1_000 * env.seconds('PROVIDER_TIMEOUT_SECONDS', 15),
    breaker: providerBreaker(context),
  });
  const database = await openDatabase(context, { schema: 'payment', migrations });
  const outbox = openOutbox(context, database);
  measureOutbox(metrics, database);
  const check = () => checkInvariants(database, provider);
  const monitor = startInvariantMonitor({ clock, log, metrics, check, everyMs: 60_000 });
  return {
    ready: async () => void (await database.query('select 1')),
    routes: (app) => paymentRoutes(app, database, provider),
    subscriptions: [commandSubscription(paymentHandler({ database, outbox, provider, log }))],
    closing: [database, pruneInboxDaily(context, database), outbox, monitor],
  };
}
