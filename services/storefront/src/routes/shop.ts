import type { HomePage, ProductView } from '@tidewater/contracts/storefront.ts';
import { homePage, productPage, productView } from '@tidewater/contracts/view-schemas.ts';
import type { Log } from '@tidewater/kit/log.ts';
import type { FastifyInstance } from 'fastify';
import { publicRoute } from '../limits/request-limits.ts';
import { productParams, productsQuery } from '../schema/http.ts';
import type { ProductsQuery } from '../schema/http.ts';
import type { ShopServices } from '../clients/shop-services.ts';

const pages = publicRoute('pages');

/** Home, search and product pages. The home page opens without the catalog: as it last was, or with a text only. */
export function shopRoutes(
  app: FastifyInstance,
  { shop, log }: { readonly shop: ShopServices; readonly log: Log },
): void {
  let lastHome: HomePage = { categories: [], picks: [], season: fallbackSeason };
  let isStale = false;

  app.get(
    '/home',
    { config: pages, schema: { summary: 'The home page', response: { 200: homePage } } },
    async (): Promise<HomePage> => {
      try {
        lastHome = await shop.home();
        isStale = false;
      } catch (error) {
        if (!isStale) log.warn({ error }, 'the home page is shown as it last was');
        isStale = true;
      }
      return lastHome;
    },
  );

  app.get<{ Querystring: ProductsQuery }>(
    '/products',
    {
      config: pages,
      schema: { summary: 'A page of search results', querystring: productsQuery, response: { 200: productPage } },
    },
    ({ query }) => {
      const filled = Object.entries(query).map(([name, value]) => [
        name,
        typeof value === 'string' ? value || undefined : value?.filter((each) => each !== ''),
      ]);
      return shop.products(Object.fromEntries(filled));
    },
  );

  app.get<{ Params: { readonly productId: string } }>(
    '/products/:productId',
    {
      config: pages,
      schema: { summary: 'A product and what goes with it', params: productParams, response: { 200: productView } },
    },
    async ({ params: { productId } }): Promise<ProductView> => {
      const related = shop.related(productId).catch((error: unknown) => {
        log.debug({ error }, 'a product is shown without related ones');
        return [];
      });
      return { product: await shop.product(productId), related: await related };
    },
  );
}

const fallbackSeason: HomePage['season'] = {
  title: 'We are putting the shelves up',
  story: 'The shop is open, and the goods are on their way to the shelves. Look in again in a moment.',
};
