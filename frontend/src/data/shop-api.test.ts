import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from './problem-error.ts';
import { ShopApi } from './shop-api.ts';

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** A network whose answers are given by hand. */
const network = () => {
  const sent: { readonly path: string; readonly answer: PromiseWithResolvers<Response> }[] = [];
  const api = new ShopApi((path: unknown) => {
    const answer = Promise.withResolvers<Response>();
    sent.push({ path: path as string, answer });
    return answer.promise;
  });
  return { api, sent };
};

test('ShopApi: requests wait for the first answer, which sets the session', async () => {
  const { api, sent } = network();
  const both = [api.home(), api.cart()];
  await turns();
  deepEqual(
    sent.map(({ path }) => path),
    ['/api/home'],
  );
  sent[0]?.answer.resolve(Response.json({}));
  await turns();
  equal(sent[1]?.path, '/api/cart');
  sent[1]?.answer.resolve(Response.json({}));
  await Promise.all(both);
});

test('ShopApi: when the first request gets no answer, one other takes its place', async () => {
  const { api, sent } = network();
  const home = api.home();
  const others = [api.cart(), api.orders()];
  await turns();
  sent[0]?.answer.reject(new TypeError('Failed to fetch'));
  await rejects(home, ProblemError);
  await turns();
  deepEqual(
    sent.map(({ path }) => path),
    ['/api/home', '/api/cart'],
  );
  equal(api.isAnswered, false);
  sent[1]?.answer.resolve(Response.json({}));
  await turns();
  equal(sent[2]?.path, '/api/orders');
  sent[2]?.answer.resolve(Response.json([]));
  await Promise.all(others);
  await api.answered();
});

test('ShopApi: a 429 says how long from retry-after', async () => {
  const { api, sent } = network();
  const cart = api.cart();
  await turns();
  sent[0]?.answer.resolve(
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

test('ShopApi: a checkout is looked up by its key, as one part of the path', async () => {
  const { api, sent } = network();
  const found = api.placedOrder('a/b');
  await turns();
  equal(sent[0]?.path, '/api/checkouts/a%2Fb');
  sent[0]?.answer.resolve(Response.json({ orderId: 'TW-1' }));
  deepEqual(await found, { orderId: 'TW-1' });
});
