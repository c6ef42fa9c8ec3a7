import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '#core/fake-clock.ts';
import { seededRandom } from '#core/random.ts';
import { silentLog } from '#core/log.ts';
import { headerOf } from '#core/message.ts';
import { systemClock } from '#host/process/clock.ts';
import { ActorTestCluster } from '#blocks/actors/actor-test-cluster.testing.ts';
import { actorRoutes } from './actors.routes.ts';
import { httpServer } from '../server/server.ts';

/** A sidecar's HTTP API on a simulated host; time stands still unless the test moves it. */
async function open(config?: Record<string, unknown>) {
  const fixture = new ActorTestCluster();
  const host = await fixture.host('a', config);
  const api = await httpServer({
    routes: [(app) => actorRoutes(app, host.actors)],
    allowedOrigins: [],
    rules: { allowed: [], denied: [] },
    maxBodyBytes: 4 * 1024 * 1024,
    maxHeaderBytes: 4096,
    samplingRate: 1,
    random: seededRandom(),
    clock: systemClock(),
    log: silentLog,
  });
  const port = await api.listen({ host: '127.0.0.1', port: 0 });
  const send = async (verb: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: verb,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return {
    fixture,
    host,
    send,
    close: async () => {
      await fixture.close();
      await api.close(100);
    },
  };
}

const actor = '/v1.0/actors/counter/1';

test('actor method: body, status and headers are passed both ways, with Dapr-API-Call', async () => {
  const { fixture, send, close } = await open();
  fixture.script = {
    method: async ({ headers = [] }) => ({
      status: 200,
      headers: ['x-response', headerOf(headers, 'x-request') ?? '', 'content-type', 'text/plain'],
      body: 'hello',
    }),
  };
  const response = await send('GET', `${actor}/method/greet`, undefined, {
    'x-request': 'me',
    'dapr-caller-app-id': 'liar',
  });
  assert.equal(response.status, 200);
  assert.equal(response.text, 'hello');
  assert.equal(response.headers.get('x-response'), 'me');
  const { headers = [] } = fixture.receivedCalls[0] ?? assert.fail();
  assert.equal(headerOf(headers, 'dapr-api-call'), 'true');
  assert.equal(headerOf(headers, 'dapr-caller-app-id'), undefined);
  await close();
});

test("actor method: an app's error is 500 with Dapr's message", async () => {
  const { fixture, send, close } = await open();
  fixture.script = { method: async () => ({ status: 503, body: 'what?' }) };
  const response = await send('POST', `${actor}/method/nothing`, {});
  assert.equal(response.status, 500);
  assert.deepEqual(JSON.parse(response.text), {
    errorCode: 'ERR_ACTOR_INVOKE_METHOD',
    message: 'error invoke actor method: error from actor service: (503) what?',
  });
  fixture.script = { method: async () => ({ status: 404, body: '' }) };
  assert.match(
    (await send('POST', `${actor}/method/nothing`, {})).text,
    /actor method not found: actors\/counter\/1\/method\/nothing"/,
  );
  await close();
});

test('actor state: written in a transaction and read back raw', async () => {
  const { send, close } = await open();
  await send('PUT', `${actor}/method/wake`);
  const operations = [
    { operation: 'upsert', request: { key: 'a', value: { b: 1 } } },
    { operation: 'upsert', request: { key: 'short', value: 'x', metadata: { ttlInSeconds: '60' } } },
    { operation: 'delete', request: { key: 'none' } },
  ];
  assert.equal((await send('POST', `${actor}/state`, operations)).status, 204);
  assert.equal((await send('GET', `${actor}/state/a`)).text, '{"b":1}');
  const short = await send('GET', `${actor}/state/short`);
  assert.equal(short.text, '"x"');
  assert.equal(short.headers.get('metadata.ttlexpiretime'), '2026-01-01T00:01:00Z');
  assert.equal((await send('GET', `${actor}/state/none`)).status, 204);
  await close();
});

test('actor state: an inactive actor cannot be written', async () => {
  const { send, close } = await open();
  const response = await send('POST', `${actor}/state`, []);
  assert.equal(response.status, 400);
  assert.equal(JSON.parse(response.text).errorCode, 'ERR_ACTOR_INSTANCE_MISSING');
  assert.equal((await send('GET', `${actor}/state/a`)).status, 204, 'it may be read');
  await close();
});

test('actor reminder: set, read, rejected a second time without overwrite, and deleted', async () => {
  const { send, close } = await open();
  const path = `${actor}/reminders/wake`;
  assert.equal((await send('POST', path, { dueTime: '1m', period: '10s', data: 'up' })).status, 204);
  const shown = JSON.parse((await send('GET', path)).text) as Record<string, unknown>;
  assert.deepEqual(shown, { data: 'up', dueTime: '1m', period: '@every 10s', actorType: 'counter', actorID: '1' });
  assert.equal((await send('PUT', path, { dueTime: '1m', overwrite: false })).status, 409);
  assert.equal((await send('DELETE', path)).status, 204);
  assert.equal((await send('GET', path)).status, 404);
  assert.equal((await send('POST', '/v1.0/actors/ghost/1/reminders/r', {})).status, 403);
  await close();
});

test('actor reminder: the failure policy is stored, an invalid one is rejected', async () => {
  const { fixture, send, close } = await open();
  const set = async (policy: unknown) => {
    const { status } = await send('POST', `${actor}/reminders/r`, { dueTime: '1h', failure_policy: policy });
    return [status, [...fixture.database.reminders.values()][0]?.reminder.failurePolicy];
  };
  assert.deepEqual(await set({ drop: {} }), [204, { kind: 'drop' }]);
  const policy = { kind: 'constant', intervalMs: 2500, maxRetries: 4 };
  assert.deepEqual(await set({ constant: { interval: '2.5s', maxRetries: 4 } }), [204, policy]);
  assert.deepEqual(await set({ constant: {} }), [204, { kind: 'constant', intervalMs: 0 }]);
  assert.deepEqual(await set({}), [204, undefined]);
  for (const bad of [
    5,
    { constant: { interval: 2 } },
    { constant: { interval: 'soon' } },
    { constant: { maxRetries: 0.5 } },
  ])
    assert.equal((await set(bad))[0], 400, JSON.stringify(bad));
  await close();
});

test('actor turn: requests within a turn belong to its trace', async () => {
  const { fixture, send, close } = await open();
  fixture.script = {
    method: async () => String((await send('POST', `${actor}/timers/tick`, { dueTime: '1s' })).status),
  };
  const trace = 'c'.repeat(32);
  const response = await send('PUT', `${actor}/method/m`, undefined, {
    traceparent: `00-${trace}-${'d'.repeat(16)}-01`,
  });
  assert.equal(response.text, '204');
  await fixture.clock.tick(1000);
  assert.deepEqual(
    fixture.receivedCalls.map(({ what, traceId }) => [what, traceId]),
    [
      ['m', trace],
      ['timer tick', trace],
    ],
  );
  await close();
});

test('actor timer: set and deleted', async () => {
  const { fixture, send, close } = await open();
  assert.equal((await send('POST', `${actor}/timers/tick`, { dueTime: '0s', callback: 'cb' })).status, 204);
  await fixture.clock.tick(1);
  assert.equal(fixture.summary()[0], 'a timer tick counter/1');
  assert.equal((await send('DELETE', `${actor}/timers/tick`)).status, 204);
  await close();
});

test('actor turn: one request commits a turn, and SDKs can detect the route', async () => {
  const { fixture, send, close } = await open();
  await send('PUT', `${actor}/method/wake`);
  const path = '/v1.0-outrigger/actors/counter/1/turn';
  const body = {
    operations: [{ operation: 'upsert', request: { key: 'n', value: 1 } }],
    reminders: [{ operation: 'set', name: 'r', dueTime: '1h' }],
    events: [{ pubsubName: 'pubsub', topic: 'orders', data: { id: 1 }, metadata: { 'cloudevent.id': 'e1' } }],
  };
  assert.equal((await send('POST', path, body)).status, 204);
  await settle();
  assert.equal(Buffer.from(fixture.published[0]?.data ?? '').toString(), '{"id":1}');
  assert.equal((await send('GET', `${actor}/state/n`)).text, '1');
  assert.equal((await send('GET', `${actor}/reminders/r`)).status, 200);
  const stale = await send('POST', path, body, { 'x-outrigger-turn': 'other.1' });
  assert.equal(stale.status, 409);
  await close();
});

for (const [what, verb, path, body, status] of [
  ['an id with a control character', 'PUT', '/v1.0/actors/counter/a%00b/method/m', undefined, 400],
  ['an id with a question mark', 'PUT', '/v1.0/actors/counter/a%3Fb/method/m', undefined, 400],
  ['a reserved type', 'POST', '/v1.0/actors/dapr.internal.x/1/timers/t', {}, 403],
  ['a body that is no JSON', 'POST', `${actor}/reminders/r`, '{', 400],
  ['a due time that is none', 'POST', `${actor}/reminders/r`, { dueTime: 'soon' }, 400],
  ['a due time that is a number', 'POST', `${actor}/timers/t`, { dueTime: 5 }, 400],
  ['a period by the calendar', 'POST', `${actor}/reminders/r`, { period: 'P1D' }, 400],
  ['a transaction that is no list', 'POST', `${actor}/state`, { operation: 'upsert' }, 400],
  ['an unknown operation', 'POST', `${actor}/state`, [{ operation: 'add', request: { key: 'a' } }], 400],
  ['a key that is missing', 'POST', `${actor}/state`, [{ operation: 'upsert', request: {} }], 400],
  [
    'a turn with an unknown reminder change',
    'POST',
    '/v1.0-outrigger/actors/counter/1/turn',
    { reminders: [{ operation: 'x' }] },
    400,
  ],
] as const) {
  test(`actor routes: ${what} is ${status}`, async () => {
    const { send, close } = await open();
    const response = await send(verb, path, body);
    assert.equal(response.status, status, response.text);
    assert.ok(JSON.parse(response.text).message);
    await close();
  });
}
