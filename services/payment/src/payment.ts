import { circuitBreaker } from '@tidewater/kit/circuit-breaker.ts';
import type { CircuitBreaker } from '@tidewater/kit/circuit-breaker.ts';
import { openDatabase } from '@tidewater/kit/database.ts';
import { measureOutbox } from '@tidewater/kit/outbox-metrics.ts';
import { openOutbox } from '@tidewater/kit/outbox.ts';
import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { startInvariantMonitor } from './invariant-monitor.ts';
import { migrations } from './migrations.ts';
import { commandSubscription } from './command-subscription.ts';
import { paymentHandler } from './payment-handler.ts';
import { checkInvariants } from './payment-invariants.ts';
import { paymentRoutes } from './payment-routes.ts';
import { providerClient, ProviderUnavailableError } from './provider-client.ts';
import { requiredSecret } from './required-secret.ts';

/**
 * Opens schema `payment` and composes the service. `PROVIDER_URL` names the provider, which need not run yet;
 * `PROVIDER_SECRET_KEY` authenticates payment there.
 */
export async function payment(context: ServiceContext): Promise<ServiceParts> {
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
    closing: [database, outbox, monitor],
  };
}

/** A provider that is down must not block every handler for the length of a timeout. */
export function providerBreaker({
  clock,
  log,
  metrics,
}: Pick<ServiceContext, 'clock' | 'log' | 'metrics'>): CircuitBreaker {
  const breaker = circuitBreaker({
    clock,
    failures: 5,
    openMs: 10_000,
    isFailure: (error) => error instanceof ProviderUnavailableError && error.isProviderDown,
    onChange(isOpen) {
      if (isOpen)
        log.error(
          { event: 'provider-circuit-opened' },
          'the payment provider keeps failing, calls to it pause for 10 s',
        );
      else log.info({ event: 'provider-circuit-closed' }, 'the payment provider works again');
    },
  });
  metrics.gauge('store_payment_provider_circuit_open', '1 while calls to the payment provider are paused.', () =>
    breaker.isOpen ? 1 : 0,
  );
  return breaker;
}
