import { Type } from 'typebox';
import type { FastifyInstance } from 'fastify';
import { object } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { invariants } from '@tidewater/contracts/view-schemas.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import type { Audit } from '../audit/audit.ts';
import type { DeadLetterRepository } from '../dead-letters/repository.ts';
import type { OrderQueries } from '../queries/order-queries.ts';

export interface OperationsOptions {
  readonly context: Pick<ServiceContext, 'clock' | 'metrics'>;
  readonly queries: OrderQueries;
  readonly deadLetters: DeadLetterRepository;
  readonly audit: Audit;
}

const count = Type.Integer({ minimum: 0 });
const operations = object(
  {
    deadLetters: object({ open: count }),
    ordersWithoutProgress: object({ count, oldest: Type.Array(id) }),
    invariants,
  },
  { title: 'Operations', description: 'What needs attention' },
);

const staff = { config: { access: 'staff' } } as const;

/** Operational state, for staff and as gauges. */
export function operationsRoutes(options: OperationsOptions): (app: FastifyInstance) => void {
  const { context, queries, deadLetters, audit } = options;
  const { clock, metrics } = context;
  const withoutProgress = () => queries.withoutProgress(clock.now());
  metrics.gauge('store_dead_letters_open', 'Dead letters that are open.', () => deadLetters.countOpen());
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
    app.get(
      '/operations',
      { ...staff, schema: { summary: 'What needs attention', response: { 200: operations } } },
      async () => ({
        deadLetters: { open: await deadLetters.countOpen() },
        ordersWithoutProgress: await withoutProgress(),
        invariants: audit.report(),
      }),
    );
    app.get(
      '/invariants',
      { ...staff, schema: { summary: 'Whether orders agree with payment and catalog', response: { 200: invariants } } },
      () => audit.report(),
    );
  };
}
