import { openDatabase } from '@tidewater/kit/database.ts';
import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { World } from '@tidewater/kit/world.ts';
import { migrations } from './migrations.ts';
import { providerRoutes } from './provider-routes.ts';

/** Opens schema `provider`. It stands for somebody else's company: no sidecar, no events, its own books. */
export async function provider(world: World): Promise<ServiceParts> {
  const { env, clock, chance } = world;
  const database = await openDatabase(world, { schema: 'provider', migrations });
  const slowMs = Number(env.optional('PROVIDER_SLOW_MS') ?? 4_000);
  return {
    routes: (app) => providerRoutes(app, { database, clock, chance, slowMs }),
    closing: [database],
  };
}
