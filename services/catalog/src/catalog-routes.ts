import { createHash, timingSafeEqual } from 'node:crypto';
import type { Product, ProductPage } from '@tidewater/contracts/catalog.ts';
import type { Queries } from '@tidewater/kit/database.ts';
import { ProblemError } from '@outrigger/sdk';
import { integer, object, validate } from '@tidewater/kit/validation.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unknownProduct } from './product-care.ts';
import type { ProductCare } from './product-care.ts';
import { parseProductQuery } from './product-query.ts';
import { searchProducts } from './product-search.ts';
import { productShelf } from './product-shelf.ts';
import { stockInvariants } from './stock-invariants.ts';

export interface CatalogRoutes {
  readonly database: Queries;
  readonly care: ProductCare;
  /** Absent: nobody may change anything. */
  readonly staffToken?: string;
}

interface ProductParams {
  readonly Params: { readonly id: string };
}

/**
 * | request | answer |
 * | --- | --- |
 * | GET /home | HomePage |
 * | GET /categories | Category[] |
 * | GET /products?q&category&brand&min&max&stock=1&sort&page&size | ProductPage |
 * | GET /products?ids=a,b | Product[]: those that exist, in that order |
 * | GET /products/{id} | Product, 404 |
 * | GET /products/{id}/related | Product[], 404 |
 * | PUT /products/{id}/price `{amount}` · PUT /products/{id}/stock `{onHand}` | Product; staff only |
 * | GET /invariants | `{ok, problems}` |
 */
export function catalogRoutes(app: FastifyInstance, { database, care, staffToken }: CatalogRoutes): void {
  const shelf = productShelf(database);
  const productOr404 = async (id: string): Promise<Product> => {
    const product = await shelf.product(id);
    if (product === undefined) throw unknownProduct(id);
    return product;
  };

  app.get('/home', () => shelf.home());
  app.get('/categories', () => shelf.categories());
  app.get('/invariants', () => stockInvariants(database));
  app.get('/products', async (request): Promise<ProductPage | readonly Product[]> => {
    const search = new URLSearchParams(request.url.split('?')[1] ?? '');
    const ids = search.get('ids');
    if (ids === null) return searchProducts(database, parseProductQuery(search));
    return shelf.products(ids.split(',').slice(0, 200));
  });
  app.get<ProductParams>('/products/:id', ({ params }) => productOr404(params.id));
  app.get<ProductParams>('/products/:id/related', async ({ params }) => shelf.related(await productOr404(params.id)));

  app.put<ProductParams>('/products/:id/price', async (request) => {
    refuseUnlessStaff(request, staffToken);
    const { amount } = validate(object({ amount: integer(1, 100_000_000) }), request.body, 'The price');
    await care.setPrice(request.params.id, amount);
    return productOr404(request.params.id);
  });
  app.put<ProductParams>('/products/:id/stock', async (request) => {
    refuseUnlessStaff(request, staffToken);
    const { onHand } = validate(object({ onHand: integer(0, 1_000_000) }), request.body, 'The stock');
    await care.setStock(request.params.id, onHand);
    return productOr404(request.params.id);
  });
}

function refuseUnlessStaff(request: FastifyRequest, staffToken: string | undefined): void {
  const given = request.headers['x-staff-token'];
  if (staffToken !== undefined && typeof given === 'string' && timingSafeEqual(digest(given), digest(staffToken)))
    return;
  throw new ProblemError({
    type: 'staff-only',
    status: 403,
    title: 'Staff only',
    detail: 'Only staff may change products.',
  });
}

// Of equal length whatever was given, so that the comparison says nothing about it.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
