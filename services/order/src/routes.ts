import type { FastifyInstance } from 'fastify';
import type { ActorReference } from '@outrigger/sdk/actors';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { object, optional, text, validate } from '@tidewater/kit/validation.ts';
import { orderNotFound } from './order-actor.ts';
import type { orderActor } from './order-actor.ts';
import type { ReadModel } from './read-model.ts';

export type OrderReference = ActorReference<ReturnType<typeof orderActor>['methods']>;
export type Orders = { get(id: string): OrderReference };

const shopper = text({ max: 100, pattern: /^[\w-]+$/, message: 'may have letters, digits, _ and - only' });
const orderId = text({ max: 40, pattern: /^[\w-]+$/, message: 'may have letters, digits, _ and - only' });
const version = text({ pattern: /^\d{1,4}$/, message: 'must be a whole number' });

interface OrderRequest {
  readonly Params: { readonly id: string };
}

/**
 * | request | answer |
 * | --- | --- |
 * | GET /orders?shopper= | OrderSummary[] |
 * | GET /orders/{id}?shopper=&version= | OrderView, at least at that version; 404 |
 * | POST /orders/{id}/cancel?shopper= | 202 OrderView; 404; 409 too late |
 */
export function orderRoutes(orders: Orders, model: ReadModel): (app: FastifyInstance) => void {
  // The actor decides and is always right; the table is asked first because it is cheap, and follows within moments.
  const view = async (id: string, shopperId: string, atLeast: number): Promise<OrderView> => {
    const known = await model.order(id, shopperId);
    return known !== undefined && known.version >= atLeast ? known : orders.get(id).view({ shopperId });
  };
  const expectOrderId = (id: string): string => {
    if (orderId(id, 'id', () => {}) === undefined) throw orderNotFound(id);
    return id;
  };

  return (app) => {
    app.get('/orders', (request) => {
      const query = validate(object({ shopper }), request.query);
      return model.ordersOf(query.shopper);
    });
    app.get<OrderRequest>('/orders/:id', (request) => {
      const query = validate(object({ shopper, version: optional(version) }), request.query);
      return view(expectOrderId(request.params.id), query.shopper, Number(query.version ?? 1));
    });
    app.post<OrderRequest>('/orders/:id/cancel', async (request, reply) => {
      const query = validate(object({ shopper }), request.query);
      const cancelled = await orders.get(expectOrderId(request.params.id)).cancel({ shopperId: query.shopper });
      return reply.code(202).send(cancelled);
    });
  };
}
