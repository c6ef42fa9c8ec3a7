import { Type } from 'typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { ProblemError } from '@outrigger/sdk';
import type { ActorReference } from '@outrigger/sdk/actors';
import {
  address,
  checkoutRequest,
  contact,
  money,
  object,
  orderLine,
  quantityRequest,
} from '@tidewater/contracts/schemas.ts';
import type { CheckoutRequest } from '@tidewater/contracts/storefront.ts';
import { id, idempotencyKey, timestamp } from '@tidewater/contracts/text-schemas.ts';
import { cartView, checkoutProblem, orderNumber } from '@tidewater/contracts/view-schemas.ts';
import { problemResponse, retryAfter } from '@tidewater/kit/route-schemas.ts';
import type { cartActor } from './commands/cart-actor.ts';

export type Carts = { get(id: string): ActorReference<ReturnType<typeof cartActor>['methods']> };

const shopperParams = object({ shopper: id });
const lineParams = object({ shopper: id, productId: id });
const checkoutParams = object({ shopper: id, reference: idempotencyKey });
const cart = { 200: cartView };
const checkoutView = object(
  {
    orderId: id,
    state: Type.String({ enum: ['pending', 'placed', 'abandoned'] }),
    /** While the order is on its way: what its shopper may see of it. */
    request: Type.Optional(
      object({
        lines: Type.Array(orderLine),
        total: money,
        delivery: money,
        contact,
        address,
        placedAt: timestamp,
      }),
    ),
  },
  { title: 'Checkout', description: 'The checkout; with `request` while it is `pending`' },
);
const checkoutResponses = {
  202: orderNumber,
  409: problemResponse('`prices-changed`, `cart-changed` or `sold-out`: nothing is bought', {
    schema: checkoutProblem,
  }),
  422: problemResponse('`idempotency-key-reused`: the key belongs to another checkout'),
  429: problemResponse('Ten orders are not confirmed yet', { headers: retryAfter }),
};
const checkoutHeaders = Type.Object({ 'idempotency-key': idempotencyKey });

interface ShopperRequest {
  readonly Params: { readonly shopper: string };
}

interface LineRequest {
  readonly Params: { readonly shopper: string; readonly productId: string };
  readonly Body: { readonly quantity: number };
}

interface CheckoutBody extends ShopperRequest {
  readonly Body: CheckoutRequest;
  readonly Headers: { readonly 'idempotency-key': string };
}

interface CheckoutQuery {
  readonly Params: { readonly shopper: string; readonly reference: string };
}

/** Carts, for the own sidecar. */
export function cartRoutes(carts: Carts): (app: FastifyInstance) => void {
  return (app) => {
    app.get<ShopperRequest>(
      '/carts/:shopper',
      { schema: { summary: 'The cart', params: shopperParams, response: cart } },
      ({ params }) => carts.get(params.shopper).view(),
    );
    app.put<LineRequest>(
      '/carts/:shopper/lines/:productId',
      {
        schema: {
          summary: 'Set the quantity of a product; 0 removes it; 404 unknown product',
          params: lineParams,
          body: quantityRequest,
          response: cart,
        },
      },
      ({ params, body }) => carts.get(params.shopper).setLine({ productId: params.productId, quantity: body.quantity }),
    );
    app.post<ShopperRequest>(
      '/carts/:shopper/prices',
      { schema: { summary: 'Accept the changed prices', params: shopperParams, response: cart } },
      ({ params }) => carts.get(params.shopper).acceptPrices(),
    );
    app.post<CheckoutBody>(
      '/carts/:shopper/checkout',
      {
        schema: {
          summary:
            'Buy the cart; 409 `prices-changed`, `cart-changed`, `sold-out` with `cart`; 422 `idempotency-key-reused`; 429 ten orders are not confirmed yet',
          params: shopperParams,
          headers: checkoutHeaders,
          body: checkoutRequest,
          response: checkoutResponses,
        },
      },
      async ({ params, headers, body }, reply) => {
        const { orderId } = await withRetryAfter(
          reply,
          carts.get(params.shopper).checkout({ key: headers['idempotency-key'], request: body }),
        );
        return reply.code(202).send({ orderId });
      },
    );
    app.get<CheckoutQuery>(
      '/carts/:shopper/checkouts/:reference',
      {
        schema: {
          summary:
            'The outcome of a checkout, by its key or order number, also a replaced one; `request` while it is `pending`; 404 unknown',
          params: checkoutParams,
          response: { 200: checkoutView },
        },
      },
      ({ params }) => carts.get(params.shopper).checkoutBy({ reference: params.reference }),
    );
  };
}

const retryAfterSeconds = 60;

async function withRetryAfter<T>(reply: FastifyReply, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 429) reply.header('retry-after', retryAfterSeconds);
    throw error;
  }
}
