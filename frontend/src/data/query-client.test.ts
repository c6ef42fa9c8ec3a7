import { deepEqual, equal } from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { QueryClient } from '@tanstack/react-query';
import { focusManager, QueryObserver } from '@tanstack/react-query';
import { ProblemError } from './problem-error.ts';
import { refetchNow, refetchFailedQueries, setNewerData } from './query-client.ts';
import { testQueryClient } from './query-client.testing.ts';

const queryKey = ['home'];
const problem = { type: 'about:blank', title: 'Out', status: 503, detail: 'Try again.' };
const unavailable = (): Error => new ProblemError(problem);

const flushMicrotasks = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** Fails the first requests, then responds. */
const failing = (failures: number, error: () => Error) => {
  let requests = 0;
  const queryFn = (): Promise<string> => (requests++ < failures ? Promise.reject(error()) : Promise.resolve('fresh'));
  return { queryFn, requests: () => requests };
};

/** A page that shows the query, on a fake clock. */
const showQuery = async (t: TestContext, queryFn: () => Promise<string>) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const client = testQueryClient(t);
  const hide = new QueryObserver(client, { queryKey, queryFn }).subscribe(() => undefined);
  t.after(hide);
  await flushMicrotasks();
  const wait = async (ms: number): Promise<void> => {
    t.mock.timers.tick(ms);
    await flushMicrotasks();
  };
  return { client, hide, wait };
};
const failuresOf = (client: QueryClient): number | undefined => client.getQueryState(queryKey)?.fetchFailureCount;

test('query client: a 503 is retried after 1, 2, 4, 8, 15 and then every 30 s', async (t) => {
  const { queryFn, requests } = failing(8, unavailable);
  const { client, wait } = await showQuery(t, queryFn);
  const delays: number[] = [];
  for (let request = 1; request < 9; request++) {
    let waitedMs = 0;
    for (; requests() === request; waitedMs += 500) await wait(500);
    delays.push(waitedMs);
  }
  deepEqual(delays, [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000, 30_000]);
  equal(client.getQueryData(queryKey), 'fresh');
});

test('query client: a retry waits at least as long as retry-after', async (t) => {
  const tooMany = () => new ProblemError({ ...problem, status: 429 }, { retryAfterSeconds: 40 });
  const { queryFn, requests } = failing(1, tooMany);
  const { wait } = await showQuery(t, queryFn);
  await wait(39_000);
  equal(requests(), 1);
  await wait(1_000);
  equal(requests(), 2);
});

for (const [name, error] of [
  ['404', new ProblemError({ ...problem, status: 404 })],
  ['501', new ProblemError({ ...problem, status: 501 })],
  ['TypeError', new TypeError('undefined is not a function')],
] as const)
  test(`query client: a ${name} is not retried`, async (t) => {
    const { queryFn, requests } = failing(1, () => error);
    const { client, wait } = await showQuery(t, queryFn);
    await wait(60_000);
    equal(requests(), 1);
    equal(client.getQueryState(queryKey)?.error, error);
  });

test('query client: a hidden page retries when it becomes visible', async (t) => {
  const { queryFn, requests } = failing(1, unavailable);
  const { client, wait } = await showQuery(t, queryFn);
  t.after(() => focusManager.setFocused(undefined));
  focusManager.setFocused(false);
  await wait(60_000);
  equal(requests(), 1);
  focusManager.setFocused(true);
  refetchFailedQueries(client);
  await wait(0);
  equal(client.getQueryData(queryKey), 'fresh');
});

test('refetchFailedQueries: refetches at once what waits for a retry, and nothing else', async (t) => {
  const { queryFn, requests } = failing(1, unavailable);
  const { client } = await showQuery(t, queryFn);
  equal(failuresOf(client), 1);
  refetchFailedQueries(client);
  await flushMicrotasks();
  equal(client.getQueryData(queryKey), 'fresh');
  refetchFailedQueries(client);
  await flushMicrotasks();
  equal(requests(), 2);
});

test('query client: leaving the page ends the retries', async (t) => {
  const { queryFn, requests } = failing(9, unavailable);
  const { hide, wait } = await showQuery(t, queryFn);
  hide();
  await wait(60_000);
  equal(requests(), 1);
});

test('setNewerData: wins over a response in flight', async (t) => {
  const late = Promise.withResolvers<string>();
  const { client } = await showQuery(t, () => late.promise);
  setNewerData(client, queryKey, 'from the live stream');
  late.resolve('older');
  await flushMicrotasks();
  equal(client.getQueryData(queryKey), 'from the live stream');
  equal(client.getQueryState(queryKey)?.fetchStatus, 'idle');
});

test('refetchNow: keeps the data while the next response is loading', async (t) => {
  const { queryFn, requests } = failing(0, unavailable);
  const { client } = await showQuery(t, queryFn);
  refetchNow(client, queryKey);
  equal(client.getQueryData(queryKey), 'fresh');
  await flushMicrotasks();
  equal(requests(), 2);
});
