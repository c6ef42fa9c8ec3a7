import { Type } from 'typebox';
import type { Product, ProductPage } from '@tidewater/contracts/catalog.ts';
import { object } from '@tidewater/contracts/schemas.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import { id as idSchema } from '@tidewater/contracts/text-schemas.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import type { FastifyInstance } from 'fastify';
import { unknownProduct } from '../commands/product-commands.ts';
import type { ProductCommands } from '../commands/product-commands.ts';
import { productQueryOf, productQuerystring } from '../schema/product-query.ts';
import type { ProductQuerystring } from '../schema/product-query.ts';
import { searchProducts } from '../queries/product-search.ts';
import { productQueries } from '../queries/product-queries.ts';
import { stockInvariants } from '../queries/stock-invariants.ts';

export interface ProductRoutes {
  readonly database: Queries;
  readonly commands: ProductCommands;
}

interface ProductParams {
  readonly Params: { readonly id: string };
}

const priceRequest = object({ amount: Type.Integer({ minimum: 1, maximum: 100_000_000 }) });
const stockRequest = object({ onHand: Type.Integer({ minimum: 0, maximum: 1_000_000 }) });

const staff = { config: { access: 'staff' } } as const;

/**
 * For the own sidecar:
 *
 * | request | response |
 * | --- | --- |
 * | GET /home | HomePage |
 * | GET /categories | Category[] |
 * | GET /products?q&category&brand&min&max&stock=1&sort&page&size | ProductPage |
 * | GET /products?ids=a,b | Product[]: those that exist, in that order |
 * | GET /products/{id} | Product, 404 |
 * | GET /products/{id}/related | Product[], 404 |
 *
 * For staff:
 *
 * | request | response |
 * | --- | --- |
 * | GET /staff/products/{id} | Product, 404 |
 * | PUT /products/{id}/price `{amount}` · PUT /products/{id}/stock `{onHand}` | Product, 404 |
 * | GET /invariants | `{ok, problems}` |
 */
export function productRoutes(app: FastifyInstance, { database, commands }: ProductRoutes): void {
  const queries = productQueries(database);
  const productOr404 = async (id: string): Promise<Product> => {
    const product = await queries.product(idOr404(id));
    if (product === undefined) throw unknownProduct(id);
    return product;
  };

  app.get('/home', () => queries.home());
  app.get('/categories', () => queries.categories());
  app.get<{ Querystring: ProductQuerystring }>(
    '/products',
    { schema: { querystring: productQuerystring } },
    async ({ query }): Promise<ProductPage | readonly Product[]> => {
      const { ids } = query;
      if (ids === undefined) return searchProducts(database, productQueryOf(query));
      return ids === '' ? [] : queries.products(ids.split(','));
    },
  );
  app.get<ProductParams>('/products/:id', ({ params }) => productOr404(params.id));
  app.get<ProductParams>('/products/:id/related', async ({ params }) => queries.related(await productOr404(params.id)));

  app.get<ProductParams>('/staff/products/:id', staff, ({ params }) => productOr404(params.id));
  app.put<ProductParams & { Body: ValueOf<typeof priceRequest> }>(
    '/products/:id/price',
    { ...staff, schema: { body: priceRequest } },
    async ({ params, body }) => {
      await commands.setPrice(idOr404(params.id), body.amount);
      return productOr404(params.id);
    },
  );
  app.put<ProductParams & { Body: ValueOf<typeof stockRequest> }>(
    '/products/:id/stock',
    { ...staff, schema: { body: stockRequest } },
    async ({ params, body }) => {
      await commands.setStock(idOr404(params.id), body.onHand);
      return productOr404(params.id);
    },
  );
  app.get('/invariants', staff, () => stockInvariants(database));
}

/** An invalid id is a 404 like any unknown one, without a query. */
function idOr404(id: string): string {
  if (!isValid(idSchema, id)) throw unknownProduct(id);
  return id;
}
