import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { mockCategories } from './goods.ts';
import { findProducts } from './find-products.ts';
import { MockShop } from './mock-shop.ts';

export interface MockOptions {
  readonly port: number;
  /** Between two changes of an order. */
  readonly stepMs: number;
  /** How long each answer takes. */
  readonly delayMs: number;
  /** The built frontend; absent when Vite serves it. */
  readonly dist?: string;
}

export interface MockServer extends AsyncDisposable {
  readonly url: string;
  readonly shop: MockShop;
}

/** The storefront's API without a store: one shopper, no cookie, nothing kept. On 127.0.0.1 only. */
export const startMock = async ({ port, stepMs, delayMs, dist }: MockOptions): Promise<MockServer> => {
  const shop = new MockShop({ stepMs });
  const server = createServer((request, response) => {
    answer(shop, request, response, { delayMs, dist }).catch((error: unknown) => problem(response, 500, String(error)));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The mock listens on a port or not at all');
  return {
    url: `http://127.0.0.1:${address.port}`,
    shop,
    async [Symbol.asyncDispose]() {
      shop.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const policy = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'";

const answer = async (
  shop: MockShop,
  request: IncomingMessage,
  response: ServerResponse,
  { delayMs, dist }: { readonly delayMs: number; readonly dist: string | undefined },
): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://mock');
  response.setHeader('content-security-policy', policy);
  if (url.pathname === '/api/live') return live(shop, request, response);
  if (!/^\/(api|provider|mock)\//.test(url.pathname)) return file(dist, url.pathname, response);
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  const body = await readBody(request);
  const [, area = '', thing = '', id = '', more = ''] = url.pathname.split('/').map(decodeURIComponent);
  const product = shop.products.find((each) => each.id === id);
  const categories = mockCategories(shop.products);
  switch (`${request.method} ${area}/${thing}`) {
    case 'GET api/home':
      return json(response, 200, {
        categories,
        picks: shop.products.filter((_, index) => index % 5 === 0).slice(0, 8),
        season: {
          title: 'The water is warmer than the air',
          story:
            'Late season is the quiet one: low sun, empty slipways, and a sea that still holds the summer. Dress for the water, carry a light, and be ashore before the kettle is cold.',
        },
      });
    case 'GET api/products':
      if (id === '') return json(response, 200, findProducts(shop.products, categories, url.searchParams));
      if (product === undefined) return problem(response, 404, 'There is no such product.');
      return json(response, 200, {
        product,
        related: shop.products.filter((each) => each.category === product.category && each.id !== id).slice(0, 4),
      });
    case 'GET api/cart':
      return json(response, 200, shop.cart);
    case 'PUT api/cart': {
      const quantity = Number(body['quantity']);
      if (!Number.isInteger(quantity) || quantity < 0 || quantity > 99)
        return problem(response, 400, 'Choose a whole number from 0 to 99.');
      if (!shop.products.some((each) => each.id === more)) return problem(response, 404, 'There is no such product.');
      return json(response, 200, shop.setQuantity(more, quantity));
    }
    case 'POST api/cart':
      return json(response, 200, shop.acceptPrices());
    case 'POST api/checkout': {
      if (shop.cart.pricesChanged)
        return problem(response, 409, 'A price changed. Look at the cart again.', { cart: shop.cart });
      const orderId = shop.checkOut(body as never, String(request.headers['idempotency-key']));
      return json(response, 202, { orderId });
    }
    case 'GET api/orders': {
      if (id === '') return json(response, 200, shop.orders);
      const view = more === 'inside' ? shop.inside(id) : shop.order(id);
      return view === undefined
        ? problem(response, 404, 'There is no such order of yours.')
        : json(response, 200, view);
    }
    case 'POST api/orders': {
      const order = shop.cancel(id);
      return order === undefined
        ? problem(response, 409, 'The parcel has left; send it back instead.')
        : json(response, 202, order);
    }
    case 'POST provider/tokens':
      return json(response, 200, shop.tokenFor(body as never));
    case 'POST mock/price':
      return json(response, 200, shop.changePrice(id, Number(body['amount'])));
    default:
      return problem(response, 404, `There is nothing at ${request.method} ${url.pathname}.`);
  }
};

const live = (shop: MockShop, request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': open\n\n');
  const leave = shop.subscribe(({ name, data }) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
  request.on('close', leave);
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const file = async (dist: string | undefined, path: string, response: ServerResponse): Promise<void> => {
  if (dist === undefined) return problem(response, 404, 'Pages are served by Vite.');
  const name = extname(path) === '' ? 'index.html' : normalize(path);
  try {
    const bytes = await readFile(join(dist, name));
    response.writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream' });
    response.end(bytes);
  } catch {
    problem(response, 404, `There is no file ${path}.`);
  }
};

const readBody = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += String(part);
  return text === '' ? {} : JSON.parse(text);
};

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
  response.end(JSON.stringify(body));
};

const problem = (response: ServerResponse, status: number, detail: string, more: object = {}): void => {
  if (!response.headersSent)
    json(response, status, { type: 'about:blank', title: 'That did not work', status, detail, ...more });
};
