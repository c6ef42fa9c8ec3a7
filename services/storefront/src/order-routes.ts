import { ProblemError } from '@outrigger/sdk';
import type { Clock } from '@outrigger/sdk';
import type { InsideView, OrderView } from '@tidewater/contracts/storefront.ts';
import { pause } from '@tidewater/kit/world.ts';
import type { FastifyInstance } from 'fastify';
import type { ActivityReader } from './activity-reader.ts';
import { insideView } from './inside-view.ts';
import type { OrderTrail } from './order-trail.ts';
import type { Sessions } from './session.ts';
import type { ShopServices } from './shop-services.ts';

export interface OrderRoutes {
  readonly shop: ShopServices;
  readonly sessions: Sessions;
  readonly trail: OrderTrail;
  readonly activities: ActivityReader;
  readonly clock: Clock;
}

interface OrderParams {
  readonly Params: { readonly id: string };
}

/** How long a page waits for an order that was placed a moment ago and is still on its way to the order book. */
const patienceMs = 3_000;
const askAgainMs = 100;

/** The shopper's own orders; other people's are not found. */
export function orderRoutes(app: FastifyInstance, { shop, sessions, trail, activities, clock }: OrderRoutes): void {
  const readOrder = async (shopper: string, orderId: string): Promise<OrderView> => {
    const giveUpAt = clock.now() + patienceMs;
    for (;;) {
      try {
        return await shop.order(shopper, orderId);
      } catch (error) {
        const isOnItsWay = isNotFound(error) && trail.isIssuedTo(orderId, shopper);
        if (!isOnItsWay || clock.now() >= giveUpAt) throw error;
        await pause(clock, askAgainMs);
      }
    }
  };

  app.get('/orders', (request, reply) => shop.orders(sessions.shopperOf(request, reply)));
  app.get<OrderParams>('/orders/:id', (request, reply) =>
    readOrder(sessions.shopperOf(request, reply), request.params.id),
  );
  app.post<OrderParams>('/orders/:id/cancel', async (request, reply) => {
    const order = await shop.cancel(sessions.shopperOf(request, reply), request.params.id);
    return reply.code(202).send(order);
  });
  app.get<OrderParams>('/orders/:id/inside', async (request, reply): Promise<InsideView> => {
    const { orderId } = await readOrder(sessions.shopperOf(request, reply), request.params.id);
    const traceId = trail.traceOf(orderId) ?? (await activities.traceOf(orderId));
    // Its first event is still on its way, or so old that the sidecars have forgotten it.
    if (traceId === undefined) return insideView(orderId, '', []);
    trail.noteTrace(orderId, traceId);
    return insideView(orderId, traceId, await activities.ofTrace(traceId));
  });
}

const isNotFound = (error: unknown): boolean => error instanceof ProblemError && error.status === 404;
