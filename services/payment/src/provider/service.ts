import { openDatabase } from '@tidewater/kit/database.ts';
import type { ServiceParts } from '@tidewater/kit/service-app.ts';
import { ConfigurationError } from '@tidewater/kit/service-context.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { requiredSecret } from '../settings/required-secret.ts';
import { migrations } from './schema/migrations.ts';
import { providerRoutes } from './routes.ts';

/** Opens schema `provider`. It stands for another company: no sidecar, no events, its own ledger. */
export async function providerService(context: ServiceContext): Promise<ServiceParts> {
  const { env, clock, random, log } = context;
  const keys = {
    publishable: requiredSecret(env, 'PROVIDER_PUBLISHABLE_KEY'),
    secret: requiredSecret(env, 'PROVIDER_SECRET_KEY'),
  };
  const fingerprintSecret = requiredSecret(env, 'PROVIDER_FINGERPRINT_SECRET');
  if (keys.publishable === keys.secret)
    throw new ConfigurationError(
      'PROVIDER_PUBLISHABLE_KEY and PROVIDER_SECRET_KEY are the same. Set them to different texts.',
    );
  const slowMs = Number(env.optional('PROVIDER_SLOW_MS') ?? 4_000);
  if (!Number.isInteger(slowMs) || slowMs < 0)
    throw new ConfigurationError(
      'PROVIDER_SLOW_MS is not a whole number of milliseconds. Set it to one, such as 4000.',
    );
  const database = await openDatabase(context, { schema: 'provider', migrations });
  return {
    isPublic: true,
    isStandalone: true,
    ready: async () => void (await database.query('select 1')),
    routes: (app) => providerRoutes(app, { database, clock, random, log, keys, fingerprintSecret, slowMs }),
    closing: [database],
  };
}
