import type { FastifyInstance } from 'fastify';
import type { World } from '@tidewater/kit/world.ts';
import type { Audit } from './audit/audit.ts';
import type { DeadLetterRepository } from './dead-letters/repository.ts';
import type { OrderQueries } from './order-queries.ts';

export interface OperationsOptions {
  readonly world: Pick<World, 'clock' | 'metrics'>;
  readonly queries: OrderQueries;
  readonly letters: DeadLetterRepository;
  readonly audit: Audit;
}

const staff = { config: { access: 'staff' } } as const;

/** What an operator must know, for staff and as gauges. */
export function operationsRoutes(options: OperationsOptions): (app: FastifyInstance) => void {
  const { world, queries, letters, audit } = options;
  const { clock, metrics } = world;
  const withoutProgress = () => queries.withoutProgress(clock.now());
  metrics.gauge('store_dead_letters_open', 'Dead letters that nobody has decided yet.', () => letters.countOpen());
  metrics.gauge(
    'store_orders_without_progress',
    'Orders that are not settled and have not changed for five minutes beyond their own timing.',
    async () => (await withoutProgress()).count,
  );
  metrics.gauge(
    'store_invariant_violations',
    'Orders that differ from payment or catalog.',
    () => audit.report().problems.length,
  );
  return (app) => {
    app.get('/operations', staff, async () => ({
      deadLetters: { open: await letters.countOpen() },
      ordersWithoutProgress: await withoutProgress(),
      invariants: audit.report(),
    }));
    app.get('/invariants', staff, () => audit.report());
  };
}
