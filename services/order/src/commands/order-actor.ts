import { actor } from '@outrigger/sdk/actors';
import type { ActorReference } from '@outrigger/sdk/actors';
import { timeouts } from '../domain/order.ts';
import { orderInputs } from './order-inputs.ts';
import { orderRequests } from './order-requests.ts';
import { orderTurns } from './order-turns.ts';
import type { OrderActorOptions, OrderContext, OrderState } from './order-turns.ts';

/** The actors of all orders. */
export type Orders = { get(id: string): ActorReference<ReturnType<typeof orderActor>['methods']> };

/** Pattern: virtual actor; CQRS, command side. One actor for each order. */
export function orderActor(options: OrderActorOptions) {
  const turns = orderTurns(options);
  return actor('order', {
    state: (): OrderState => ({ order: null }),
    methods: { ...orderInputs(turns), ...orderRequests(turns) },
    reminders: {
      ...Object.fromEntries(
        Object.values(timeouts).map(({ reminder, input }) => [
          reminder,
          (ctx: OrderContext) => turns.advance(ctx, input),
        ]),
      ),
      watch: turns.runWatchdog,
    },
    idleTimeout: '5m',
  });
}
