import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { ProblemError } from '@outrigger/sdk';
import type { InsideView, OrderView } from '@tidewater/contracts/storefront.ts';
import { insideView, orderSummary, orderView } from '@tidewater/contracts/view-schemas.ts';
import type { FastifyInstance } from 'fastify';
import type { InsideReader } from '../inside/inside-reader.ts';
import { pendingOrder } from '../queries/pending-order.ts';
import { publicRoute } from '../limits/request-limits.ts';
import { orderParams } from '../schema/http.ts';
import type { Sessions } from '../session/session.ts';
import type { ShopServices, StoredCheckout } from '../clients/shop-services.ts';

export interface OrderRoutesOptions {
  readonly shop: ShopServices;
  readonly sessions: Sessions;
  readonly inside: InsideReader;
}

interface OrderRequest {
  readonly Params: { readonly id: string };
}

const orders = Type.Array(orderSummary, { description: 'The orders' });

/** The shopper's own orders; those of others are 404. */
export function orderRoutes(app: FastifyInstance, { shop, sessions, inside }: OrderRoutesOptions): void {
  const config = publicRoute('orders');
  const one = (summary: string, status: number, response: TSchema) => ({
    config,
    schema: { summary, params: orderParams, response: { [status]: response } },
  });

  app.get(
    '/orders',
    { config, schema: { summary: "The shopper's orders, newest first", response: { 200: orders } } },
    (request, reply) => shop.orders(sessions.shopperOf(request, reply)),
  );
  app.get<OrderRequest>(
    '/orders/:id',
    one('An order; version 0 while it is on its way', 200, orderView),
    (request, reply) => readOrder(shop, sessions.shopperOf(request, reply), request.params.id),
  );
  app.post<OrderRequest>(
    '/orders/:id/cancel',
    one('Cancel an order; 409 when it is too late', 202, orderView),
    async (request, reply) => {
      const order = await shop.cancel(sessions.shopperOf(request, reply), request.params.id);
      return reply.code(202).send(order);
    },
  );
  app.get<OrderRequest>(
    '/orders/:id/inside',
    one('What the sidecars did for an order; 501 when the sidecar has no activity stream (daprd)', 200, insideView),
    async (request, reply): Promise<InsideView> => {
      const { orderId } = await readOrder(shop, sessions.shopperOf(request, reply), request.params.id);
      return inside.view(orderId);
    },
  );
}

/**
 * The order service's view; for an order that does not exist there yet, the checkout that the cart stored. A number that was
 * replaced leads to the order with the new one.
 */
async function readOrder(shop: ShopServices, shopper: string, orderId: string): Promise<OrderView> {
  const until = shop.deadline();
  const find = async (id: string): Promise<OrderView | undefined> => {
    try {
      return await shop.order(shopper, id, { until });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  const order = await find(orderId);
  if (order !== undefined) return order;
  const checkout = await checkoutOf(shop, shopper, orderId, until);
  const replacement = checkout.orderId === orderId ? undefined : await find(checkout.orderId);
  const view = replacement ?? pendingOrder(checkout);
  if (view === undefined) throw orderNotFound();
  return view;
}

async function checkoutOf(shop: ShopServices, shopper: string, id: string, until: number): Promise<StoredCheckout> {
  try {
    return await shop.checkout(shopper, id, until);
  } catch (error) {
    throw isNotFound(error) ? orderNotFound() : error;
  }
}

const isNotFound = (error: unknown): boolean => error instanceof ProblemError && error.status === 404;

const orderNotFound = (): ProblemError =>
  new ProblemError({
    type: 'not-found',
    status: 404,
    title: 'Not found',
    detail: 'There is no such order among yours. Orders belong to the browser in which they were placed.',
  });
