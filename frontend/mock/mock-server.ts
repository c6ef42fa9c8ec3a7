import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { Fault } from './faults.ts';
import { Faults, breakConnection, dropResponse } from './faults.ts';
import { respondTo } from './mock-api.ts';
import { MockShop } from './mock-shop.ts';

export interface MockOptions {
  readonly port: number;
  /** Delay between two changes of an order. */
  readonly stepMs: number;
  /** Delay of each response. */
  readonly delayMs: number;
  /** Folder of the built frontend; absent when Vite serves it. */
  readonly dist?: string;
}

export interface MockServer extends AsyncDisposable {
  readonly url: string;
  readonly shop: MockShop;
  readonly faults: Faults;
}

/** The storefront's API without a store: one shopper, no cookie, no persistence. Listens on 127.0.0.1 only. */
export const startMock = async ({ port, stepMs, delayMs, dist }: MockOptions): Promise<MockServer> => {
  const shop = new MockShop({ stepMs });
  const faults = new Faults();
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/mock/') !== true && isFailed(faults.take(request), response)) return;
    handleRequest({ shop, faults, delayMs, dist }, request, response).catch((error: unknown) =>
      sendProblem(response, 500, String(error)),
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

/** True when the request has been handled by a fault. */
const isFailed = (fault: Fault | undefined, response: ServerResponse): boolean => {
  if (fault === undefined) return false;
  if (fault.kind === 'lost') dropResponse(response);
  else if (fault.kind === 'unreached') breakConnection(response);
  else if (fault.kind !== 'hung') {
    if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
    sendProblem(response, fault.kind, 'This failure is injected.', {
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

const handleRequest = async (
  { shop, faults, delayMs, dist }: Mock,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://mock');
  response.setHeader('content-security-policy', policy);
  if (url.pathname === '/api/live') return streamEvents(shop, request, response);
  if (!/^\/(api|provider|mock)\//.test(url.pathname)) return serveFile(dist, url.pathname, response);
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  const body = await readBody(request);
  if (url.pathname.startsWith('/mock/')) return handleControl(shop, faults, url.pathname, body, response);
  const { status, body: responseBody } = respondTo(shop, {
    method: request.method ?? 'GET',
    url,
    body,
    idempotencyKey: String(request.headers['idempotency-key']),
  });
  sendJson(response, status, responseBody);
};

/** Changes and faults on demand; frontend/README.md lists them. */
const handleControl = (
  shop: MockShop,
  faults: Faults,
  path: string,
  body: Record<string, unknown>,
  response: ServerResponse,
): void => {
  const [, , resource = '', id = ''] = path.split('/').map(decodeURIComponent);
  switch (resource) {
    case 'price':
      return sendJson(response, 200, shop.changePrice(id, Number(body['amount'])));
    case 'stock':
      return sendJson(response, 200, shop.changeStock(id, Number(body['available'])));
    case 'name':
      return sendJson(response, 200, shop.rename(id, String(body['name'])));
    case 'picture':
      return sendJson(response, 200, shop.changePicture(id, String(body['imageUrl'])));
    case 'withdraw':
      return sendJson(response, 200, shop.withdraw(id));
    case 'fault':
      faults.add(body as unknown as Fault);
      return sendJson(response, 200, {});
    case 'repair':
      faults.clear();
      return sendJson(response, 200, {});
    default:
      return sendProblem(response, 404, `The mock has no ${resource}.`);
  }
};

const streamEvents = (shop: MockShop, request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': open\n\n');
  const unsubscribe = shop.subscribe(({ name, data }) =>
    response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
  );
  request.on('close', unsubscribe);
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const serveFile = async (dist: string | undefined, path: string, response: ServerResponse): Promise<void> => {
  if (dist === undefined) return sendProblem(response, 404, 'Pages are served by Vite.');
  const name = extname(path) === '' ? 'index.html' : normalize(path);
  try {
    const bytes = await readFile(join(dist, name));
    response.writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream' });
    response.end(bytes);
  } catch {
    sendProblem(response, 404, `There is no file ${path}.`);
  }
};

const readBody = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += String(part);
  return text === '' ? {} : JSON.parse(text);
};

const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
  response.end(JSON.stringify(body));
};

const sendProblem = (response: ServerResponse, status: number, detail: string, more: object = {}): void => {
  if (!response.headersSent)
    sendJson(response, status, { type: 'about:blank', title: 'That did not work', status, detail, ...more });
};
