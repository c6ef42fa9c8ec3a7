import { Type } from 'typebox';
import type { Product, ProductPage } from '@tidewater/contracts/catalog.ts';
import { object } from '@tidewater/contracts/schemas.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import { category, homePage, invariants, product, productPage } from '@tidewater/contracts/view-schemas.ts';
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

export interface ProductRoutesOptions {
  readonly database: Queries;
  readonly commands: ProductCommands;
}

interface ProductParams {
  readonly Params: { readonly id: string };
}

const priceRequest = object({ amount: Type.Integer({ minimum: 1, maximum: 100_000_000 }) });
const stockRequest = object({ onHand: Type.Integer({ minimum: 0, maximum: 1_000_000 }) });

const staff = { config: { access: 'staff' } } as const;
const oneProduct = { 200: product };
const products = Type.Array(product, { description: 'The products' });

/** Products for the own sidecar, prices and stock for staff. */
export function productRoutes(app: FastifyInstance, { database, commands }: ProductRoutesOptions): void {
  const queries = productQueries(database);
  const productOr404 = async (id: string): Promise<Product> => {
    const product = await queries.product(idOr404(id));
    if (product === undefined) throw unknownProduct(id);
    return product;
  };

  app.get('/home', { schema: { summary: 'The home page', response: { 200: homePage } } }, () => queries.home());
  app.get(
    '/categories',
    {
      schema: { summary: 'All categories', response: { 200: Type.Array(category, { description: 'The categories' }) } },
    },
    () => queries.categories(),
  );
  app.get<{ Querystring: ProductQuerystring }>(
    '/products',
    {
      schema: {
        summary: 'A page of search results, or with `ids` those of these products that exist',
        querystring: productQuerystring,
        response: {
          200: Type.Union([productPage, products], { description: 'The page, or with `ids` the products' }),
        },
      },
    },
    async ({ query }): Promise<ProductPage | readonly Product[]> => {
      const { ids } = query;
      if (ids === undefined) return searchProducts(database, productQueryOf(query));
      return ids === '' ? [] : queries.products(ids.split(','));
    },
  );
  app.get<ProductParams>('/products/:id', { schema: { summary: 'A product', response: oneProduct } }, ({ params }) =>
    productOr404(params.id),
  );
  app.get<ProductParams>(
    '/products/:id/related',
    { schema: { summary: 'Products that go with it', response: { 200: products } } },
    async ({ params }) => queries.related(await productOr404(params.id)),
  );

  app.get<ProductParams>(
    '/staff/products/:id',
    { ...staff, schema: { summary: 'A product', response: oneProduct } },
    ({ params }) => productOr404(params.id),
  );
  app.put<ProductParams & { Body: ValueOf<typeof priceRequest> }>(
    '/products/:id/price',
    { ...staff, schema: { summary: 'Set a price', body: priceRequest, response: oneProduct } },
    async ({ params, body }) => {
      await commands.setPrice(idOr404(params.id), body.amount);
      return productOr404(params.id);
    },
  );
  app.put<ProductParams & { Body: ValueOf<typeof stockRequest> }>(
    '/products/:id/stock',
    {
      ...staff,
      schema: {
        summary: 'Set how many are on hand; 409 for fewer than are reserved',
        body: stockRequest,
        response: oneProduct,
      },
    },
    async ({ params, body }) => {
      await commands.setStock(idOr404(params.id), body.onHand);
      return productOr404(params.id);
    },
  );
  app.get(
    '/invariants',
    { ...staff, schema: { summary: 'Whether stock and reservations agree', response: { 200: invariants } } },
    () => stockInvariants(database),
  );
}

/** An invalid id is a 404 like any unknown one, without a query. */
function idOr404(id: string): string {
  if (!isValid(idSchema, id)) throw unknownProduct(id);
  return id;
}
