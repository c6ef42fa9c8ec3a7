import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apps } from '@tidewater/contracts/apps.ts';
import type { TestContext } from 'node:test';
import { DaprError, ProblemError } from '@outrigger/sdk';
import { movableClock, recordingTransport } from '@outrigger/sdk/testing';
import type { MessageType } from '@tidewater/contracts/events.ts';
import { messageSchemas } from '@tidewater/contracts/schemas.ts';
import { silentLog } from '@tidewater/kit/log.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { isValid } from '@tidewater/kit/schema.ts';
import { serviceApp } from '@tidewater/kit/service-app.ts';
import { needsPostgres, testDatabase, testContext } from '@tidewater/kit/testing.ts';
import { environment } from '@tidewater/kit/service-context.ts';
import { migrations } from '../schema/migrations.ts';
import type { Orders } from '../commands/order-actor.ts';
import { earlierEvent, earlierToPayment, sampleRequest } from '../testing.ts';
import { deadLetterOperator } from './operator.ts';
import type { Decisions } from './operator.ts';
import { deadLetterRepository } from './repository.ts';
import { deadLetterRoutes } from './routes.ts';
import { deadLetterSubscriptions } from './subscriptions.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const day = 24 * 3_600_000;

async function open(t: TestContext) {
  const database = await testDatabase(migrations);
  t.after(() => database.close());
  const transport = recordingTransport();
  const clock = movableClock(Date.UTC(2026, 0, 1));
  const env = environment({ STAFF_TOKEN: 'staff', APP_API_TOKEN: 'token' });
  const printed: unknown[] = [];
  const print = (fields: object): void => void printed.push(fields);
  const log: Log = { ...silentLog, info: print, error: print };
  const context = testContext({ transport, clock, env, log });
  const deadLetters = deadLetterRepository(database);
  const calls: unknown[][] = [];
  const failure: { error?: Error } = {};
  const note =
    (name: string, orderId: string) =>
    async (argument: unknown): Promise<void> => {
      calls.push([name, orderId, argument]);
      if (failure.error) throw failure.error;
    };
  const orders = {
    get: (id: string) => ({
      processingFailed: note('processingFailed', id),
      submitUnprocessable: note('submitUnprocessable', id),
    }),
  } as unknown as Orders;
  const subscriptions = deadLetterSubscriptions({ context, orders, deadLetters });
  const app = serviceApp(context, {
    subscriptions,
    routes: deadLetterRoutes(deadLetters, deadLetterOperator(context, deadLetters)),
  });
  const deliver = async (from: string, event: object): Promise<string> => {
    const url = `/events/pubsub/${from}-dead-letters`;
    const reply = await app.inject({ method: 'POST', url, headers: { 'dapr-api-token': 'token' }, payload: event });
    return reply.json<{ status: string }>().status;
  };
  const staff = (method: 'GET' | 'POST', url: string, payload?: object) =>
    app.inject({ method, url, headers: { 'x-staff-token': 'staff' }, ...(payload && { payload }) });
  return { transport, clock, deadLetters, calls, failure, app, deliver, staff, subscriptions, printed };
}

const event = (over: object = {}): object => ({
  id: 'e1',
  type: 'order.changed',
  source: 'order',
  data: { orderId: 'TW-2', note: 'A\0\ud800' },
  traceparent,
  deadletterreason: 'bad name',
  deadlettertopic: 'orders',
  deadletterattempts: '3',
  ...over,
});

test('dead letters: the subscriptions have no dead letter topic, so that none can loop', needsPostgres, async (t) => {
  const { subscriptions } = await open(t);
  assert.equal(subscriptions.length, apps.length);
  assert.ok(subscriptions.every(({ deadLetterTopic }) => deadLetterTopic === undefined));
});

test('dead letters: one of payment is stored once and ends its order', needsPostgres, async (t) => {
  const { deadLetters, calls, deliver } = await open(t);
  assert.equal(await deliver('payment', event()), 'SUCCESS');
  assert.equal(await deliver('payment', event()), 'SUCCESS');
  assert.equal(await deadLetters.countOpen(), 1);
  assert.deepEqual(calls[0], ['processingFailed', 'TW-2', { reason: 'bad name', service: 'payment' }]);
  assert.equal(await deliver('catalog', event()), 'SUCCESS');
  assert.equal(await deadLetters.countOpen(), 2, 'the same event of another app is another dead letter');
});

test('dead letters: an unprocessable request becomes an order that ends', needsPostgres, async (t) => {
  const { calls, deliver } = await open(t);
  const order = { ...sampleRequest, contact: 7 };
  await deliver('order', event({ type: 'cart.checked-out', deadlettertopic: 'carts', data: { order } }));
  assert.deepEqual(calls, [['submitUnprocessable', sampleRequest.orderId, { shopperId: 'ann', order }]]);
});

test('dead letters: a transient failure is retried, a permanent one is acknowledged', needsPostgres, async (t) => {
  const { deadLetters, calls, failure, deliver } = await open(t);
  failure.error = new DaprError(503, 'ERR', 'no response');
  assert.equal(await deliver('payment', event()), 'RETRY');
  failure.error = new ProblemError({ status: 400, title: 'x', detail: 'x' });
  assert.equal(await deliver('payment', event()), 'SUCCESS');
  assert.equal(calls.length, 2, 'the order is called again although the dead letter was stored');
  assert.equal(await deadLetters.countOpen(), 1);
});

test('GET /dead-letters: staff read pages, newest first, and one with its event', needsPostgres, async (t) => {
  const { app, deliver, staff } = await open(t);
  for (let n = 1; n <= 5; n++) await deliver('payment', event({ id: `e${n}` }));
  assert.equal((await app.inject('/dead-letters')).statusCode, 401);
  interface Page {
    readonly deadLetters: readonly { readonly id: string; readonly eventId: string }[];
    readonly before?: string;
  }
  const first = (await staff('GET', '/dead-letters?state=open&limit=3')).json<Page>();
  const second = (await staff('GET', `/dead-letters?state=open&limit=3&before=${first.before}`)).json<Page>();
  assert.deepEqual(
    [...first.deadLetters, ...second.deadLetters].map(({ eventId }) => eventId),
    ['e5', 'e4', 'e3', 'e2', 'e1'],
  );
  assert.equal(second.before, undefined);
  const one = (await staff('GET', `/dead-letters/${first.deadLetters[0]?.id}`)).json<Record<string, unknown>>();
  assert.deepEqual(one['event'], event({ id: 'e5' }));
  assert.deepEqual(
    [one['consumer'], one['topic'], one['orderId'], one['attempts'], one['traceId'], one['receivedAt']],
    ['payment', 'orders', 'TW-2', 3, traceparent.slice(3, 35), '2026-01-01T00:00:00.000Z'],
  );
  assert.equal((await staff('GET', '/dead-letters/999')).statusCode, 404);
  assert.equal((await staff('GET', '/dead-letters/x')).statusCode, 400);
  assert.equal((await staff('GET', '/dead-letters?state=other')).statusCode, 400);
});

test('redrive: publishes the event again in its trace, under a new id, once', needsPostgres, async (t) => {
  const { transport, deadLetters, deliver, staff } = await open(t);
  await deliver('payment', event());
  const [deadLetter] = await deadLetters.list({ limit: 1 });
  const reply = await staff('POST', `/dead-letters/${deadLetter?.id}/redrive`);
  assert.deepEqual([reply.statusCode, reply.json<{ state: string }>().state], [200, 'redriven']);
  const [published] = transport.published;
  assert.deepEqual([published?.topic, published?.type], ['orders', 'order.changed']);
  assert.deepEqual(published?.data, { orderId: 'TW-2', note: 'A\0\ud800' });
  assert.notEqual(published?.id, 'e1');
  assert.equal(transport.requests[0]?.headers?.['traceparent'], traceparent);
  assert.equal((await staff('POST', `/dead-letters/${deadLetter?.id}/redrive`)).statusCode, 409);
  assert.equal((await staff('POST', `/dead-letters/${deadLetter?.id}/discard`)).statusCode, 409);
  assert.equal(transport.published.length, 1);
});

test('redrive: an event of an earlier version is published as the messages of this one', needsPostgres, async (t) => {
  const { transport, deadLetters, deliver, staff } = await open(t);
  const data = earlierEvent(...earlierToPayment, ['cancelled', 'shopper', ['unwind-payment', 'release-stock']]);
  await deliver('payment', event({ data }));
  const [deadLetter] = await deadLetters.list({ limit: 1 });
  assert.equal((await staff('POST', `/dead-letters/${deadLetter?.id}/redrive`)).statusCode, 200);
  assert.deepEqual(
    transport.published.map(({ topic, type }) => `${topic} ${type}`),
    [
      'orders order.changed',
      'order-records order.recorded',
      'payment-commands unwind-payment',
      'stock-commands release-stock',
    ],
  );
  for (const { type, data } of transport.published)
    assert.ok(isValid(messageSchemas[type as MessageType], data), `${type} is valid`);
  assert.equal(new Set(transport.published.map(({ id }) => id)).size, 4);
});

test('redrive: an invalid event of an earlier version is not published', needsPostgres, async (t) => {
  const { transport, deadLetters, deliver, staff } = await open(t);
  const invalid = [
    earlierEvent(['lost', 'order']),
    { ...earlierEvent(['awaiting stock', 'order', ['reserve-stock']]), lines: 7 },
    earlierEvent(['paid', 'payment', 7 as never]),
    earlierEvent(['payment failed', 'payment', ['release-stock'], 7 as never]),
  ];
  for (const [index, data] of invalid.entries()) await deliver('catalog', event({ id: `e${index}`, data }));
  for (const { id } of await deadLetters.list({ limit: 9 }))
    assert.equal((await staff('POST', `/dead-letters/${id}/redrive`)).statusCode, 409);
  assert.equal(transport.published.length, 0);
});

test('redrive: stays open when the event cannot be published', needsPostgres, async (t) => {
  const { deadLetters, deliver, staff, transport } = await open(t);
  await deliver('payment', event());
  await deliver('payment', event({ id: 'e2', type: 'x', deadlettertopic: undefined }));
  const [nowhere, deadLetter] = await deadLetters.list({ limit: 2 });
  transport.send = async () => Promise.reject(new Error('connection refused'));
  assert.equal((await staff('POST', `/dead-letters/${deadLetter?.id}/redrive`)).statusCode, 503);
  assert.equal((await staff('POST', `/dead-letters/${nowhere?.id}/redrive`)).statusCode, 409);
  assert.equal(await deadLetters.countOpen(), 2);
});

test(
  'bulk: while the broker does not respond a request ends in time, with the ids that were not tried',
  needsPostgres,
  async (t) => {
    const { deadLetters, deliver, staff, transport, clock } = await open(t);
    for (let n = 1; n <= 5; n++) await deliver('payment', event({ id: `e${n}` }));
    const ids = (await deadLetters.list({ limit: 5 })).map(({ id }) => id);
    transport.send = () => {
      clock.moveTo(clock.now() + 4_000);
      return Promise.reject(new Error('no response'));
    };
    const { done, failed } = (await staff('POST', '/dead-letters/redrive', { ids })).json<Decisions>();
    assert.deepEqual(done, []);
    assert.deepEqual(
      failed.map(({ reason }) => reason.includes('not tried')),
      [false, false, true, true, true],
    );
  },
);

test('bulk: each id is decided separately, and failures are named', needsPostgres, async (t) => {
  const { deadLetters, deliver, staff, transport } = await open(t);
  for (let n = 1; n <= 4; n++) await deliver('payment', event({ id: `e${n}` }));
  const ids = (await deadLetters.list({ limit: 4 })).map(({ id }) => id);
  const redriven = await staff('POST', '/dead-letters/redrive', { ids: [...ids.slice(0, 2), '999'] });
  assert.deepEqual(redriven.json(), {
    done: ids.slice(0, 2),
    failed: [{ id: '999', reason: 'There is no dead letter 999.' }],
  });
  const discarded = await staff('POST', '/dead-letters/discard', { ids });
  assert.deepEqual(discarded.json<{ done: string[] }>().done, ids.slice(2));
  assert.equal(transport.published.length, 2);
  assert.equal(await deadLetters.countOpen(), 0);
});

test(
  'redrive: an event that several apps could not process is published once for all of them',
  needsPostgres,
  async (t) => {
    const { deadLetters, deliver, staff, transport } = await open(t);
    for (const app of ['catalog', 'payment', 'storefront']) await deliver(app, event());
    await deliver('payment', event({ id: 'e2' }));
    const [other, ...same] = (await deadLetters.list({ limit: 4 })).map(({ id }) => id);
    const reply = await staff('POST', '/dead-letters/redrive', { ids: same });
    assert.deepEqual(reply.json<{ done: string[] }>().done.toSorted(), same.toSorted());
    assert.equal(transport.published.length, 1);
    assert.deepEqual(
      (await deadLetters.list({ state: 'open', limit: 4 })).map(({ id }) => id),
      [other],
    );
  },
);

test(
  'prune: deletes those older than the limit, and the oldest beyond the maximum number',
  needsPostgres,
  async (t) => {
    const { clock, deadLetters, deliver } = await open(t);
    for (let n = 1; n <= 6; n++) {
      await deliver('payment', event({ id: `e${n}` }));
      clock.moveTo(clock.now() + day);
    }
    assert.equal(await deadLetters.prune(new Date(Date.UTC(2026, 0, 3)), 10), 2);
    assert.equal(await deadLetters.prune(new Date(0), 3), 1);
    assert.deepEqual(
      (await deadLetters.list({ limit: 10 })).map(({ eventId }) => eventId),
      ['e6', 'e5', 'e4'],
    );
  },
);

test('dead letters: ids that are no identifiers are stored, and not printed', needsPostgres, async (t) => {
  const { deliver, deadLetters, printed } = await open(t);
  const id = 'a\nbcc: all@example.org';
  assert.equal(await deliver('catalog', event({ id, type: id, data: { orderId: id } })), 'SUCCESS');
  assert.equal((await deadLetters.list({ limit: 5 })).length, 1);
  assert.equal(printed.length, 1);
  assert.doesNotMatch(JSON.stringify(printed), /example/);
});
