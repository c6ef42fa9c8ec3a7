import { openDatabase } from '@tidewater/kit/database.ts';
import type { ServiceParts } from '@tidewater/kit/service-app.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { orderAudit } from './audit/audit.ts';
import { ledgerClients } from './audit/clients.ts';
import { runEvery } from './background/run-every.ts';
import { deadLetterOperator } from './dead-letters/operator.ts';
import { deadLetterRepository } from './dead-letters/repository.ts';
import { deadLetterSubscriptions } from './dead-letters/subscriptions.ts';
import { migrations } from './schema/migrations.ts';
import { orderActor } from './commands/order-actor.ts';
import { orderQueries } from './queries/order-queries.ts';
import { projectionRepair } from './queries/projection-repair.ts';
import { orderProjection } from './queries/projection.ts';
import { allRoutes } from './routes.ts';
import { orderSubscriptions } from './consumers/event-subscriptions.ts';
import type { OrderTimes } from './domain/watchdog.ts';

/** Interval of background checks in first intervals of the watchdog, which repairs most losses earlier. */
const watchdogsPerCheck = 4;
const dayMs = 24 * 3_600_000;
/** More frequent repeats would only be load. */
const minRepeatMs = 100;
const deadLetterDays = 30;
const maxDeadLetters = 10_000;

/** Composes the order service. */
export async function orderService(context: ServiceContext): Promise<ServiceParts> {
  const { env, client, clock } = context;
  const times: OrderTimes = {
    graceMs: env.seconds('GRACE_SECONDS', 10) * 1_000,
    fulfilmentMs: env.seconds('FULFILMENT_SECONDS', 6) * 1_000,
    watchdogMs: Math.max(minRepeatMs, env.seconds('WATCHDOG_SECONDS', 15) * 1_000),
  };
  const database = await openDatabase(context, { schema: 'ordering', migrations });
  const Order = orderActor({ ...times, log: context.log });
  const orders = client.actors(Order);
  const projection = orderProjection(database);
  const queries = orderQueries(database, times);
  const deadLetters = deadLetterRepository(database);
  const checkMs = Math.max(1_000, watchdogsPerCheck * times.watchdogMs);
  const restMs = checkMs + Math.max(times.graceMs, times.fulfilmentMs);
  const repair = projectionRepair({ context, queries, orders, projection, restMs });
  const audit = orderAudit({ context, queries, orders, ledgers: ledgerClients(client), repair, settlingMs: checkMs });
  const prune = async (): Promise<void> => {
    await deadLetters.prune(new Date(clock.now() - deadLetterDays * dayMs), maxDeadLetters);
  };
  await prune();
  const operator = deadLetterOperator(context, deadLetters);
  return {
    actors: [Order],
    ready: async () => void (await database.query('select 1')),
    routes: allRoutes({ context, orders, projection, queries, repair, deadLetters, operator, audit }),
    subscriptions: [
      ...orderSubscriptions(orders, projection, repair),
      ...deadLetterSubscriptions({ context, orders, deadLetters }),
    ],
    closing: [
      database,
      runEvery(context, { name: 'audit', everyMs: checkMs }, () => audit.run()),
      runEvery(context, { name: 'projection repair', everyMs: checkMs }, () => repair.run()),
      runEvery(context, { name: 'prune dead letters', everyMs: dayMs }, prune),
    ],
  };
}
