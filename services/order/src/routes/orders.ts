import { Type } from 'typebox';
import type { FastifyInstance } from 'fastify';
import { object } from '@tidewater/contracts/schemas.ts';
import type { OrderDetails } from '@tidewater/contracts/orders.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import { orderDetails, orderSummary } from '@tidewater/contracts/view-schemas.ts';
import type { Orders } from '../commands/order-actor.ts';
import type { CheckoutMatch } from '../commands/order-requests.ts';
import type { ProjectionRepair } from '../queries/projection-repair.ts';
import type { OrderProjection } from '../queries/projection.ts';

export interface OrderRoutesOptions {
  readonly orders: Orders;
  readonly projection: OrderProjection;
  readonly repair: Pick<ProjectionRepair, 'include'>;
}

const maxListed = 200;
const params = object({ id });
const listQuery = object({
  shopper: id,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxListed })),
  before: Type.Optional(id),
});
const viewQuery = object({
  shopper: id,
  version: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
});
const cancelQuery = object({ shopper: id });
const submissionState = object(
  { state: Type.String({ enum: ['none', 'yours', 'taken'] }) },
  { title: 'Submission', description: 'Whose order it is' },
);
const submissionQuery = object({ shopper: id, checkout: id });

interface ListRequest {
  readonly Querystring: { readonly shopper: string; readonly limit?: number; readonly before?: string };
}

interface ViewRequest {
  readonly Params: { readonly id: string };
  readonly Querystring: { readonly shopper: string; readonly version?: number };
}

interface SubmissionRequest {
  readonly Params: { readonly id: string };
  readonly Querystring: { readonly shopper: string; readonly checkout: string };
}

/** For the service's own sidecar. */
export function orderRoutes({ orders, projection, repair }: OrderRoutesOptions): (app: FastifyInstance) => void {
  // The actor is the source of truth; the projection is read first because that is cheaper, and is updated within moments.
  const view = async (orderId: string, shopperId: string, atLeast: number): Promise<OrderDetails> => {
    const projected = await projection.order(orderId, shopperId);
    return projected !== undefined && projected.version >= atLeast
      ? projected
      : orders.get(orderId).view({ shopperId });
  };

  return (app) => {
    app.get<ListRequest>(
      '/orders',
      {
        schema: {
          summary: 'The orders of a shopper, newest first',
          querystring: listQuery,
          response: { 200: Type.Array(orderSummary, { description: 'The orders' }) },
        },
      },
      ({ query }) => {
        const { shopper, limit = maxListed, before } = query;
        return projection.ordersOf(shopper, { limit, before });
      },
    );
    app.get<ViewRequest>(
      '/orders/:id',
      {
        schema: {
          summary: 'An order of a shopper, at least of `version`; 404 also for other shoppers',
          params,
          querystring: viewQuery,
          response: { 200: orderDetails },
        },
      },
      (request) => view(request.params.id, request.query.shopper, request.query.version ?? 1),
    );
    app.post<ViewRequest>(
      '/orders/:id/cancel',
      {
        schema: {
          summary: 'Cancel an order; 409 once it is shipped or has ended',
          params,
          querystring: cancelQuery,
          response: { 202: orderDetails },
        },
      },
      async (request, reply) => {
        const cancelled = await orders.get(request.params.id).cancel({ shopperId: request.query.shopper });
        return reply.code(202).send(cancelled);
      },
    );
    app.get<SubmissionRequest>(
      '/orders/:id/submission',
      {
        schema: {
          summary: 'Whether a checkout has become this order: `none`, `yours`, or `taken` by another checkout',
          params,
          querystring: submissionQuery,
          response: { 200: submissionState },
        },
      },
      async (request): Promise<CheckoutMatch> => {
        const { shopper: shopperId, checkout: checkoutId } = request.query;
        const submission = await orders.get(request.params.id).submission({ shopperId, checkoutId });
        // The cart closes the checkout now: the shopper's list must contain the order.
        if (submission.state === 'yours') await repair.include(request.params.id);
        return submission;
      },
    );
  };
}
