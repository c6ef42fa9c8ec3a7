import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { Fault } from './faults.ts';
import { Faults, breakOff, loseAnswer } from './faults.ts';
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
  readonly faults: Faults;
}

/** The storefront's API without a store: one shopper, no cookie, nothing kept. On 127.0.0.1 only. */
export const startMock = async ({ port, stepMs, delayMs, dist }: MockOptions): Promise<MockServer> => {
  const shop = new MockShop({ stepMs });
  const faults = new Faults();
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/mock/') !== true && isFailed(faults.take(request), response)) return;
    answer({ shop, faults, delayMs, dist }, request, response).catch((error: unknown) =>
      problem(response, 500, String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The mock listens on a port or not at all');
  return {
    url: `http://127.0.0.1:${address.port}`,
    shop,
    faults,
    async [Symbol.asyncDispose]() {
      shop.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const policy = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'";

/** True when nothing more is to be done for this request. */
const isFailed = (fault: Fault | undefined, response: ServerResponse): boolean => {
  if (fault === undefined) return false;
  if (fault.kind === 'lost') loseAnswer(response);
  else if (fault.kind === 'unreached') breakOff(response);
  else if (fault.kind !== 'hung') {
    if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
    problem(response, fault.kind, 'The mock was told to fail.', {
      type: fault.kind === 429 ? 'too-many-requests' : 'unavailable',
      title: fault.kind === 429 ? 'Too many requests' : 'The shop is out for a moment',
    });
  }
  return fault.kind !== 'lost';
};

interface Mock {
  readonly shop: MockShop;
  readonly faults: Faults;
  readonly delayMs: number;
  readonly dist: string | undefined;
}

const answer = async (
  { shop, faults, delayMs, dist }: Mock,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://mock');
  response.setHeader('content-security-policy', policy);
  if (url.pathname === '/api/live') return live(shop, request, response);
  if (!/^\/(api|provider|mock)\//.test(url.pathname)) return file(dist, url.pathname, response);
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  const body = await readBody(request);
  if (url.pathname.startsWith('/mock/')) return control(shop, faults, url.pathname, body, response);
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
      if (!shop.canSet(more)) return problem(response, 404, 'There is no such product.');
      return json(response, 200, shop.setQuantity(more, quantity));
    }
    case 'POST api/cart':
      return json(response, 200, shop.acceptPrices());
    case 'POST api/checkout': {
      const result = shop.checkOut(body as never, String(request.headers['idempotency-key']));
      if ('orderId' in result) return json(response, 202, result);
      return result.problem === 'idempotency-key-reused'
        ? problem(response, 422, 'The key belongs to another request.', { type: result.problem })
        : problem(response, 409, 'The cart is another one now.', { type: result.problem, cart: shop.cart });
    }
    case 'GET api/checkouts': {
      const orderId = shop.placedOrder(id);
      return orderId === undefined
        ? problem(response, 404, 'There is no such checkout of yours.')
        : json(response, 200, { orderId });
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
        ? problem(response, 409, 'The parcel has left, so the order cannot be cancelled any more.')
        : json(response, 202, order);
    }
    case 'POST provider/tokens':
      return json(response, 200, shop.tokenFor(body as never));
    default:
      return problem(response, 404, `There is nothing at ${request.method} ${url.pathname}.`);
  }
};

/** What happens behind the shopper's back, on demand; frontend/README.md lists it. */
const control = (
  shop: MockShop,
  faults: Faults,
  path: string,
  body: Record<string, unknown>,
  response: ServerResponse,
): void => {
  const [, , thing = '', id = ''] = path.split('/').map(decodeURIComponent);
  switch (thing) {
    case 'price':
      return json(response, 200, shop.changePrice(id, Number(body['amount'])));
    case 'stock':
      return json(response, 200, shop.changeStock(id, Number(body['available'])));
    case 'name':
      return json(response, 200, shop.rename(id, String(body['name'])));
    case 'withdraw':
      return json(response, 200, shop.withdraw(id));
    case 'fault':
      faults.add(body as unknown as Fault);
      return json(response, 200, {});
    case 'repair':
      faults.clear();
      return json(response, 200, {});
    default:
      return problem(response, 404, `The mock has no ${thing}.`);
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
