import type { FastifyInstance } from 'fastify';
import { orderStockRoutes } from './routes/order-stock.ts';
import { productRoutes } from './routes/products.ts';
import type { ProductRoutesOptions } from './routes/products.ts';

/** All routes of the service. */
export function catalogRoutes(app: FastifyInstance, options: ProductRoutesOptions): void {
  productRoutes(app, options);
  orderStockRoutes(app, options.database);
}
