import type { Log } from '@tidewater/kit/log.ts';
import { badRequest } from '@tidewater/kit/problems.ts';
import type { FastifyInstance } from 'fastify';
import type { LiveHub } from './live-hub.ts';
import type { OrderTrail } from './order-trail.ts';
import type { Sessions } from './session.ts';
import type { ShopServices } from './shop-services.ts';

export interface CartRoutes {
  readonly shop: ShopServices;
  readonly sessions: Sessions;
  readonly live: LiveHub;
  readonly trail: OrderTrail;
  readonly log: Log;
}

/** The shopper's cart. Each change is told to the shopper's other pages. */
export function cartRoutes(app: FastifyInstance, { shop, sessions, live, trail, log }: CartRoutes): void {
  app.get('/cart', (request, reply) => shop.cart(sessions.shopperOf(request, reply)));

  app.put<{ Params: { productId: string } }>('/cart/lines/:productId', async (request, reply) => {
    const shopper = sessions.shopperOf(request, reply);
    const cart = await shop.setLine(shopper, request.params.productId, request.body);
    live.tell(shopper, 'cart', cart);
    return cart;
  });

  app.post('/cart/prices', async (request, reply) => {
    const shopper = sessions.shopperOf(request, reply);
    const cart = await shop.acceptPrices(shopper);
    live.tell(shopper, 'cart', cart);
    return cart;
  });

  app.post('/checkout', async (request, reply) => {
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || key === '')
      throw badRequest('Send an idempotency-key header, so that an order that is sent twice is placed once.', [
        { field: 'idempotency-key', message: 'is missing' },
      ]);
    const shopper = sessions.shopperOf(request, reply);
    const { orderId } = await shop.checkOut(shopper, request.body, key);
    trail.noteIssued(orderId, shopper);
    if (live.isWatching(shopper)) {
      shop.cart(shopper).then(
        (cart) => live.tell(shopper, 'cart', cart),
        (error: unknown) => log.debug({ error }, 'open pages were not told of the emptied cart'),
      );
    }
    return reply.code(202).send({ orderId });
  });
}
