import { checkoutRequest, quantityRequest } from '@tidewater/contracts/schemas.ts';
import type { CheckoutRequest } from '@tidewater/contracts/storefront.ts';
import { cartView, checkoutProblem, orderNumber } from '@tidewater/contracts/view-schemas.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { problemResponse, retryAfter } from '@tidewater/kit/route-schemas.ts';
import type { FastifyInstance } from 'fastify';
import type { LiveHub } from '../live/live-hub.ts';
import { publicRoute } from '../limits/request-limits.ts';
import { checkoutHeaders, checkoutParams, productParams } from '../schema/http.ts';
import type { Sessions } from '../session/session.ts';
import type { ShopServices } from '../clients/shop-services.ts';

export interface CartRoutesOptions {
  readonly shop: ShopServices;
  readonly sessions: Sessions;
  readonly live: LiveHub;
  readonly log: Log;
}

interface LineRequest {
  readonly Params: { readonly productId: string };
  readonly Body: { readonly quantity: number };
}

interface CheckoutRoute {
  readonly Headers: { readonly 'idempotency-key': string };
  readonly Body: CheckoutRequest;
}

const pages = publicRoute('pages');
const cartResponse = { 200: cartView };
const checkoutResponses = {
  202: orderNumber,
  409: problemResponse('`prices-changed`, `cart-changed` or `sold-out`: nothing is bought', {
    schema: checkoutProblem,
  }),
  422: problemResponse('`idempotency-key-reused`: the key belongs to another checkout'),
  429: problemResponse('Too many requests or orders at once', { headers: retryAfter }),
};

/** The shopper's cart. Each change is sent to the shopper's other pages. */
export function cartRoutes(app: FastifyInstance, { shop, sessions, live, log }: CartRoutesOptions): void {
  app.get('/cart', { config: pages, schema: { summary: 'The cart', response: cartResponse } }, (request, reply) =>
    shop.cart(sessions.shopperOf(request, reply)),
  );

  const lineSchema = {
    summary: 'Set the quantity of a product; 0 removes it',
    response: cartResponse,
    params: productParams,
    body: quantityRequest,
  };
  app.put<LineRequest>('/cart/lines/:productId', { config: pages, schema: lineSchema }, async (request, reply) => {
    const shopper = sessions.shopperOf(request, reply);
    const cart = await shop.setLine(shopper, request.params.productId, request.body);
    live.send(shopper, 'cart', cart);
    return cart;
  });

  app.post(
    '/cart/prices',
    { config: pages, schema: { summary: 'Accept the changed prices', response: cartResponse } },
    async (request, reply) => {
      const shopper = sessions.shopperOf(request, reply);
      const cart = await shop.acceptPrices(shopper);
      live.send(shopper, 'cart', cart);
      return cart;
    },
  );

  const checkoutSchema = {
    summary: 'Buy the cart; 409 `prices-changed`, `cart-changed` or `sold-out` with `cart`',
    response: checkoutResponses,
    headers: checkoutHeaders,
    body: checkoutRequest,
  };
  const checkouts = publicRoute('checkouts');
  app.post<CheckoutRoute>('/checkout', { config: checkouts, schema: checkoutSchema }, async (request, reply) => {
    const shopper = sessions.shopperOf(request, reply);
    const { orderId } = await shop.checkOut(shopper, request.body, request.headers['idempotency-key']);
    if (live.isWatching(shopper)) {
      shop.cart(shopper).then(
        (cart) => live.send(shopper, 'cart', cart),
        (error: unknown) => log.debug({ error }, 'open pages were not sent the emptied cart'),
      );
    }
    return reply.code(202).send({ orderId });
  });

  // For a page that lost the response to its checkout.
  app.get<{ Params: { readonly key: string } }>(
    '/checkouts/:key',
    {
      config: publicRoute('orders'),
      schema: {
        summary: 'The order of a checkout, by its key or a replaced order number',
        params: checkoutParams,
        response: { 200: orderNumber },
      },
    },
    async (request, reply) => {
      const { orderId } = await shop.checkout(sessions.shopperOf(request, reply), request.params.key);
      return { orderId };
    },
  );
}
