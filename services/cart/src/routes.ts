import type { FastifyInstance } from 'fastify';
import type { ActorReference } from '@outrigger/sdk/actors';
import { badRequest } from '@tidewater/kit/problems.ts';
import { address, contact, integer, money, object, paymentMethod, text, validate } from '@tidewater/kit/validation.ts';
import { maxQuantity } from './cart.ts';
import type { cartActor } from './cart-actor.ts';

export type Carts = { get(id: string): ActorReference<ReturnType<typeof cartActor>['methods']> };

const id = text({ max: 100, pattern: /^[\w-]+$/, message: 'may have letters, digits, _ and - only' });
const quantityBody = object({ quantity: integer(0, maxQuantity) });
const checkoutBody = object({ contact, address, payment: paymentMethod, expectedTotal: money });
const idempotencyKey = text({ max: 200 });

interface ShopperRequest {
  readonly Params: { readonly shopper: string };
}

interface LineRequest {
  readonly Params: { readonly shopper: string; readonly productId: string };
}

/**
 * | request | answer |
 * | --- | --- |
 * | GET  /carts/{shopper} | CartView |
 * | PUT  /carts/{shopper}/lines/{productId} `{quantity}` | CartView; 400, 404 |
 * | POST /carts/{shopper}/prices | CartView |
 * | POST /carts/{shopper}/checkout CheckoutRequest, header `idempotency-key` | 202 `{orderId}`; 400, 409 |
 */
export function cartRoutes(carts: Carts): (app: FastifyInstance) => void {
  const cartOf = (shopper: string) => carts.get(validate(object({ shopper: id }), { shopper }).shopper);
  return (app) => {
    app.get<ShopperRequest>('/carts/:shopper', (request) => cartOf(request.params.shopper).view());
    app.put<LineRequest>('/carts/:shopper/lines/:productId', (request) => {
      const { quantity } = validate(quantityBody, request.body, 'The quantity');
      const { productId } = validate(object({ productId: id }), request.params);
      return cartOf(request.params.shopper).setLine({ productId, quantity });
    });
    app.post<ShopperRequest>('/carts/:shopper/prices', (request) => cartOf(request.params.shopper).acceptPrices());
    app.post<ShopperRequest>('/carts/:shopper/checkout', async (request, reply) => {
      const header = request.headers['idempotency-key'];
      if (header === undefined) throw badRequest('A checkout needs an idempotency-key header.');
      const key = validate(object({ 'idempotency-key': idempotencyKey }), { 'idempotency-key': header })[
        'idempotency-key'
      ];
      const checkout = validate(checkoutBody, request.body, 'The checkout');
      const { orderId } = await cartOf(request.params.shopper).checkout({ key, request: checkout });
      return reply.code(202).send({ orderId });
    });
  };
}
