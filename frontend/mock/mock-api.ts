import { mockCategories } from './mock-products.ts';
import { findProducts } from './find-products.ts';
import type { MockShop } from './mock-shop.ts';

export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: Record<string, unknown>;
  readonly idempotencyKey: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
}

/** The storefront's API for one shopper, independent of the transport: used over HTTP and, in component tests, as `fetch`. */
export const respondTo = (shop: MockShop, { method, url, body, idempotencyKey }: ApiRequest): ApiResponse => {
  const [, area = '', resource = '', id = '', more = ''] = url.pathname.split('/').map(decodeURIComponent);
  const product = shop.products.find((each) => each.id === id);
  const categories = mockCategories(shop.products);
  switch (`${method} ${area}/${resource}`) {
    case 'GET api/home':
      return json(200, {
        categories,
        picks: shop.products.filter((_, index) => index % 5 === 0).slice(0, 8),
        season: {
          title: 'The water is warmer than the air',
          story:
            'Late season is the quiet one: low sun, empty slipways, and a sea that still holds the summer. Dress for the water, carry a light, and be ashore before the kettle is cold.',
        },
      });
    case 'GET api/products':
      if (id === '') return json(200, findProducts(shop.products, categories, url.searchParams));
      if (product === undefined) return problem(404, 'There is no such product.');
      return json(200, {
        product,
        related: shop.products.filter((each) => each.category === product.category && each.id !== id).slice(0, 4),
      });
    case 'GET api/cart':
      return json(200, shop.cart);
    case 'PUT api/cart': {
      const quantity = Number(body['quantity']);
      if (!Number.isInteger(quantity) || quantity < 0 || quantity > 99)
        return problem(400, 'Choose a whole number from 0 to 99.');
      if (!shop.canSet(more)) return problem(404, 'There is no such product.');
      return json(200, shop.setQuantity(more, quantity));
    }
    case 'POST api/cart':
      return json(200, shop.acceptPrices());
    case 'POST api/checkout': {
      const result = shop.checkOut(body as never, idempotencyKey);
      if ('orderId' in result) return json(202, result);
      return result.problem === 'idempotency-key-reused'
        ? problem(422, 'The key belongs to another request.', { type: result.problem })
        : problem(409, 'The cart is another one now.', { type: result.problem, cart: shop.cart });
    }
    case 'GET api/checkouts': {
      const orderId = shop.placedOrder(id);
      return orderId === undefined ? problem(404, 'There is no such checkout of yours.') : json(200, { orderId });
    }
    case 'GET api/orders': {
      if (id === '') return json(200, shop.orders);
      const view = more === 'inside' ? shop.inside(id) : shop.order(id);
      return view === undefined ? problem(404, 'There is no such order of yours.') : json(200, view);
    }
    case 'POST api/orders': {
      const order = shop.cancel(id);
      return order === undefined
        ? problem(409, 'The parcel has left, so the order cannot be cancelled any more.')
        : json(202, order);
    }
    case 'POST provider/tokens':
      return json(200, shop.tokenFor(body as never));
    default:
      return problem(404, `There is nothing at ${method} ${url.pathname}.`);
  }
};

const json = (status: number, body: unknown): ApiResponse => ({ status, body });

export const problem = (status: number, detail: string, more: object = {}): ApiResponse =>
  json(status, { type: 'about:blank', title: 'That did not work', status, detail, ...more });
