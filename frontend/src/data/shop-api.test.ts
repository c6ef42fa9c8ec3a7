import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from './problem-error.ts';
import { ShopApi } from './shop-api.ts';

const flushMicrotasks = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** A fetch whose responses the test provides. */
const network = () => {
  const requests: { readonly path: string; readonly response: PromiseWithResolvers<Response> }[] = [];
  const api = new ShopApi((path: unknown) => {
    const response = Promise.withResolvers<Response>();
    requests.push({ path: path as string, response });
    return response.promise;
  });
  return { api, requests };
};

test('ShopApi: requests wait for the first response, which sets the session cookie', async () => {
  const { api, requests } = network();
  const both = [api.home(), api.cart()];
  await flushMicrotasks();
  deepEqual(
    requests.map(({ path }) => path),
    ['/api/home'],
  );
  requests[0]?.response.resolve(Response.json({}));
  await flushMicrotasks();
  equal(requests[1]?.path, '/api/cart');
  requests[1]?.response.resolve(Response.json({}));
  await Promise.all(both);
});

test('ShopApi: when the first request fails without a response, one other replaces it', async () => {
  const { api, requests } = network();
  const home = api.home();
  const others = [api.cart(), api.orders()];
  await flushMicrotasks();
  requests[0]?.response.reject(new TypeError('Failed to fetch'));
  await rejects(home, ProblemError);
  await flushMicrotasks();
  deepEqual(
    requests.map(({ path }) => path),
    ['/api/home', '/api/cart'],
  );
  equal(api.hasResponded, false);
  requests[1]?.response.resolve(Response.json({}));
  await flushMicrotasks();
  equal(requests[2]?.path, '/api/orders');
  requests[2]?.response.resolve(Response.json([]));
  await Promise.all(others);
  await api.firstResponse();
});

test('ShopApi: a 429 carries the seconds of retry-after', async () => {
  const { api, requests } = network();
  const cart = api.cart();
  await flushMicrotasks();
  requests[0]?.response.resolve(
    new Response('{"type":"too-many-requests","title":"Too many requests","detail":"x"}', {
      status: 429,
      headers: { 'retry-after': '12' },
    }),
  );
  await rejects(cart, (error: ProblemError) => {
    equal(error.retryAfterSeconds, 12);
    match(error.problem.detail, /in 12 seconds/);
    return true;
  });
});

test('ShopApi: a checkout is looked up by its key, encoded as one path segment', async () => {
  const { api, requests } = network();
  const placed = api.placedOrder('a/b');
  await flushMicrotasks();
  equal(requests[0]?.path, '/api/checkouts/a%2Fb');
  requests[0]?.response.resolve(Response.json({ orderId: 'TW-1' }));
  deepEqual(await placed, { orderId: 'TW-1' });
});
