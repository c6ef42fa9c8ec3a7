import { Type } from 'typebox';
import { object } from '@tidewater/contracts/schemas.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import type { FastifyInstance } from 'fastify';
import type { OrderStockState } from '../domain/order-stock.ts';
import { readOrderStock } from '../queries/order-stock.ts';

const stockQuery = object({ orderIds: Type.Array(id, { maxItems: 200 }) });
const states: readonly OrderStockState[] = ['reserved', 'rejected', 'committed', 'released', 'restocked'];
const orderStocks = object(
  { orders: Type.Array(object({ orderId: id, state: Type.String({ enum: [...states] }) })) },
  { title: 'OrderStocks', description: 'The state of each order' },
);

/** For the own sidecar. */
export function orderStockRoutes(app: FastifyInstance, database: Queries): void {
  app.post<{ Body: ValueOf<typeof stockQuery> }>(
    '/stock/orders',
    {
      schema: {
        summary:
          'Stock state of each order: reserved, released, committed; those without a request for stock are left out',
        body: stockQuery,
        response: { 200: orderStocks },
      },
    },
    async ({ body }) => ({ orders: await readOrderStock(database, body.orderIds) }),
  );
}
