import type { HomePage, ProductView } from '@tidewater/contracts/storefront.ts';
import type { Log } from '@tidewater/kit/log.ts';
import type { FastifyInstance } from 'fastify';
import type { ShopServices } from './shop-services.ts';

/** Home, search and product pages. The home page opens whatever is away: with what it last had, or with words alone. */
export function shopRoutes(
  app: FastifyInstance,
  { shop, log }: { readonly shop: ShopServices; readonly log: Log },
): void {
  let lastHome: HomePage = { categories: [], picks: [], season: closedSeason };

  app.get('/home', async (): Promise<HomePage> => {
    try {
      lastHome = await shop.home();
    } catch (error) {
      log.warn({ error }, 'the home page is shown as it last was');
    }
    return lastHome;
  });

  app.get('/products', (request) => {
    const search = new URLSearchParams(request.url.split('?')[1] ?? '');
    // The catalog's list by ids has another shape.
    search.delete('ids');
    return shop.products(search.toString());
  });

  app.get<{ Params: { id: string } }>('/products/:id', async ({ params }): Promise<ProductView> => {
    const related = shop.related(params.id).catch((error: unknown) => {
      log.debug({ error }, 'a product is shown without its neighbours');
      return [];
    });
    return { product: await shop.product(params.id), related: await related };
  });
}

const closedSeason: HomePage['season'] = {
  title: 'We are putting the shelves up',
  story: 'The shop is open, and the goods are on their way to the shelves. Look in again in a moment.',
};
