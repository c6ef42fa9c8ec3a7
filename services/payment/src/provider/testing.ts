import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { CardDetails, CardToken } from '@tidewater/contracts/storefront.ts';
import type { Database } from '@tidewater/kit/database.ts';
import { jsonLog } from '@tidewater/kit/log.ts';
import { serviceApp } from '@tidewater/kit/service-app.ts';
import { testDatabase, testContext } from '@tidewater/kit/testing.ts';
import type { FastifyInstance } from 'fastify';
import { migrations } from './schema/migrations.ts';
import { providerRoutes } from './routes.ts';

export const testKeys = { publishable: 'pk_test', secret: 'sk_test' } as const;

export interface TestProvider extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly database: Database;
  /** The simulated delays of slow cards. */
  readonly waits: readonly number[];
  /** All lines of the log, of every level. */
  readonly lines: readonly string[];
  /** A token for `customer`, whose id is `shopper` when absent. */
  tokenize(number: string, customer?: string): Promise<CardToken>;
  readLedger(): Promise<readonly Authorization[]>;
}

/** The provider on a separate port and schema; slow cards do not really wait. */
export async function testProvider(): Promise<TestProvider> {
  const database = await testDatabase(migrations);
  const waits: number[] = [];
  const lines: string[] = [];
  const now = Date.UTC(2026, 4, 15);
  const clock = {
    now: () => now,
    after(delayMs: number, task: () => void) {
      waits.push(delayMs);
      const immediate = setImmediate(task);
      return () => clearImmediate(immediate);
    },
  };
  const write = (line: string): void => void lines.push(line);
  const log = jsonLog({ app: 'provider', level: 'debug', write, now: () => now, traceId: () => undefined });
  const context = testContext({ log });
  const parts = {
    database,
    clock,
    random: context.random,
    log,
    keys: testKeys,
    fingerprintSecret: 'fingerprints',
    slowMs: 4_000,
  };
  const app = serviceApp(context, { isPublic: true, routes: (routes) => providerRoutes(routes, parts) });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    app,
    url,
    database,
    waits,
    lines,
    async tokenize(number, customer = 'shopper') {
      const payload: CardDetails = { number, expiry: '12/29', cvc: '123' };
      const headers = { authorization: `Bearer ${testKeys.publishable}`, 'x-customer': customer };
      return (await app.inject({ method: 'POST', url: '/tokens', headers, payload })).json<CardToken>();
    },
    async readLedger() {
      const headers = { authorization: `Bearer ${testKeys.secret}` };
      return (await app.inject({ url: '/authorizations?limit=1000', headers })).json<Authorization[]>();
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await database.close();
    },
  };
}
