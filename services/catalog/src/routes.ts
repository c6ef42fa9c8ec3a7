import type { FastifyInstance } from 'fastify';
import { orderStockRoutes } from './routes/order-stock.ts';
import { productRoutes } from './routes/products.ts';
import type { ProductRoutes } from './routes/products.ts';

/** All routes of the service. */
export function catalogRoutes(app: FastifyInstance, options: ProductRoutes): void {
  productRoutes(app, options);
  orderStockRoutes(app, options.database);
}
