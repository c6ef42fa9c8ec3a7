import type { CardDetails } from '@tidewater/contracts/storefront.ts';
import type { PaymentMethod } from '@tidewater/contracts/events.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { Database } from '@tidewater/kit/database.ts';
import { serviceApp } from '@tidewater/kit/service.ts';
import { testDatabase, testWorld } from '@tidewater/kit/testing.ts';
import type { FastifyInstance } from 'fastify';
import { migrations } from './migrations.ts';
import { providerRoutes } from './provider-routes.ts';

export interface TestProvider extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly database: Database;
  /** How long each slow card was asked to take. */
  readonly waits: readonly number[];
  tokenize(number: string): Promise<PaymentMethod>;
  books(): Promise<readonly Authorization[]>;
}

/** The provider on a port and a schema of its own; slow cards do not really wait. */
export async function testProvider(): Promise<TestProvider> {
  const database = await testDatabase(migrations);
  const waits: number[] = [];
  const now = Date.UTC(2026, 4, 15);
  const clock = {
    now: () => now,
    after(delayMs: number, task: () => void) {
      waits.push(delayMs);
      const immediate = setImmediate(task);
      return () => clearImmediate(immediate);
    },
  };
  const world = testWorld();
  const parts = { database, clock, chance: world.chance, slowMs: 4_000 };
  const app = serviceApp(world, { routes: (routes) => providerRoutes(routes, parts) });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    app,
    url,
    database,
    waits,
    async tokenize(number) {
      const payload: CardDetails = { number, expiry: '12/29', cvc: '123' };
      return (await app.inject({ method: 'POST', url: '/tokens', payload })).json<PaymentMethod>();
    },
    books: async () => (await app.inject({ url: '/authorizations' })).json<Authorization[]>(),
    async [Symbol.asyncDispose]() {
      await app.close();
      await database.close();
    },
  };
}
