import type { FastifyInstance } from 'fastify';
import type { DeadLetterOperator } from './dead-letters/operator.ts';
import { deadLetterRoutes } from './dead-letters/routes.ts';
import { operationsRoutes } from './routes/operations.ts';
import type { OperationsOptions } from './routes/operations.ts';
import { orderRoutes } from './routes/orders.ts';
import type { OrderRoutesOptions } from './routes/orders.ts';

export interface AllRoutesOptions extends OrderRoutesOptions, OperationsOptions {
  readonly operator: DeadLetterOperator;
}

/** All routes of the service. */
export function allRoutes(options: AllRoutesOptions): (app: FastifyInstance) => void {
  const groups = [
    orderRoutes(options),
    operationsRoutes(options),
    deadLetterRoutes(options.deadLetters, options.operator),
  ];
  return (app) => groups.forEach((addTo) => addTo(app));
}
