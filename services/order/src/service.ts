import { openDatabase } from '@tidewater/kit/database.ts';
import type { ServiceParts } from '@tidewater/kit/service.ts';
import type { World } from '@tidewater/kit/world.ts';
import { orderAudit } from './audit/audit.ts';
import { ledgerClients } from './audit/clients.ts';
import { runEvery } from './background.ts';
import { deadLetterOperator } from './dead-letters/operator.ts';
import { deadLetterRepository } from './dead-letters/repository.ts';
import { deadLetterRoutes } from './dead-letters/routes.ts';
import { deadLetterSubscriptions } from './dead-letters/subscriptions.ts';
import { migrations } from './migrations.ts';
import { operationsRoutes } from './operations.ts';
import { orderActor } from './order-actor.ts';
import { orderQueries } from './order-queries.ts';
import { projectionRepair } from './projection-repair.ts';
import { readModel } from './read-model.ts';
import { orderRoutes } from './routes.ts';
import { orderSubscriptions } from './subscriptions.ts';
import type { OrderTimes } from './watchdog.ts';

/** Background checks come after so many first repeats of the watchdog: by then most of what was lost is repaired. */
const watchdogsPerCheck = 4;
const dayMs = 24 * 3_600_000;
/** Below this, repeats would only be load. */
const shortestRepeatMs = 100;
const deadLetterDays = 30;
const mostDeadLetters = 10_000;

/** Joins the order service's parts. */
export async function orderService(world: World): Promise<ServiceParts> {
  const { env, client, clock } = world;
  const times: OrderTimes = {
    graceMs: env.seconds('GRACE_SECONDS', 10) * 1_000,
    fulfilmentMs: env.seconds('FULFILMENT_SECONDS', 6) * 1_000,
    watchdogMs: Math.max(shortestRepeatMs, env.seconds('WATCHDOG_SECONDS', 15) * 1_000),
  };
  const database = await openDatabase(world, { schema: 'ordering', migrations });
  const Order = orderActor({ ...times, log: world.log });
  const orders = client.actors(Order);
  const model = readModel(database);
  const queries = orderQueries(database, times);
  const letters = deadLetterRepository(database);
  const checkMs = Math.max(1_000, watchdogsPerCheck * times.watchdogMs);
  const restMs = checkMs + Math.max(times.graceMs, times.fulfilmentMs);
  const repair = projectionRepair({ world, queries, orders, model, restMs });
  const audit = orderAudit({ world, queries, orders, ledgers: ledgerClients(client), repair, settlingMs: checkMs });
  const prune = async (): Promise<void> => {
    await letters.prune(new Date(clock.now() - deadLetterDays * dayMs), mostDeadLetters);
  };
  await prune();
  const routes = [
    orderRoutes({ orders, model, repair }),
    operationsRoutes({ world, queries, letters, audit }),
    deadLetterRoutes(letters, deadLetterOperator(world, letters)),
  ];
  return {
    actors: [Order],
    ready: async () => void (await database.query('select 1')),
    routes: (app) => routes.forEach((addTo) => addTo(app)),
    subscriptions: [
      ...orderSubscriptions(orders, model, repair),
      ...deadLetterSubscriptions({ world, orders, letters }),
    ],
    closing: [
      database,
      runEvery(world, { name: 'audit', everyMs: checkMs }, () => audit.run()),
      runEvery(world, { name: 'projection repair', everyMs: checkMs }, () => repair.run()),
      runEvery(world, { name: 'prune dead letters', everyMs: dayMs }, prune),
    ],
  };
}
