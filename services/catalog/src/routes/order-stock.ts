import { Type } from 'typebox';
import { object } from '@tidewater/contracts/schemas.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import type { FastifyInstance } from 'fastify';
import { readOrderStock } from '../queries/order-stock.ts';

const stockQuery = object({ orderIds: Type.Array(id, { maxItems: 200 }) });
const orderStocks = object({ orders: Type.Array(object({ orderId: id, state: Type.String() })) });

/** For the own sidecar. */
export function orderStockRoutes(app: FastifyInstance, database: Queries): void {
  app.post<{ Body: ValueOf<typeof stockQuery> }>(
    '/stock/orders',
    {
      schema: {
        summary: 'How orders stand with the stock; those without a request for stock are left out',
        body: stockQuery,
        response: { 200: orderStocks },
      },
    },
    async ({ body }) => ({ orders: await readOrderStock(database, body.orderIds) }),
  );
}
