import { Type } from 'typebox';
import { object } from '@tidewater/contracts/schemas.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import { id } from '@tidewater/contracts/text-schemas.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import type { FastifyInstance } from 'fastify';
import { readOrderStock } from '../queries/order-stock.ts';

const stockQuery = object({ orderIds: Type.Array(id, { maxItems: 200 }) });

/**
 * `POST /stock/orders {orderIds}`, for the own sidecar: `{orders: [{orderId, state}]}`, how each order stands with the
 * stock. Orders that have never requested stock are left out.
 */
export function orderStockRoutes(app: FastifyInstance, database: Queries): void {
  app.post<{ Body: ValueOf<typeof stockQuery> }>(
    '/stock/orders',
    { schema: { body: stockQuery } },
    async ({ body }) => ({ orders: await readOrderStock(database, body.orderIds) }),
  );
}
