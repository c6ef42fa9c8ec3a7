import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { actor } from './actors/definition.ts';
import { daprClient } from './client.ts';
import { ProblemError } from './dapr-error.ts';
import { serveDapr } from './fastify.ts';
import type { DaprAppOptions } from './fastify.ts';
import { DropEventError } from './subscription.ts';
import { actorSidecar } from './testing/actor-sidecar.ts';
import { movableClock, seededRandom } from './testing/movable-clock.ts';

const Gate = actor('gate', {
  state: () => ({ isOpen: false }),
  methods: {
    open(ctx, how: { gently: boolean } | undefined) {
      ctx.state.isOpen = true;
      return { how };
    },
    reject(): void {
      throw new ProblemError({ status: 409, title: 'Conflict', detail: 'locked', type: 'locked', key: 'lost' });
    },
    slam(): void {
      throw new Error('off its hinges');
    },
  },
  reminders: { creak: (ctx, data) => void (ctx.state.isOpen = data === 'wide') },
  idleTimeout: '2m',
});

function open(options: Partial<DaprAppOptions> = {}) {
  const clock = movableClock(0);
  const sidecar = actorSidecar({ hasTurnRoute: true });
  const client = daprClient({ transport: sidecar, clock });
  const app = fastify();
  serveDapr(app, { client, clock, random: seededRandom(1), actors: [Gate], ...options });
  return { app, client, sidecar };
}

const event = (type: string, data: unknown = {}): string =>
  JSON.stringify({ specversion: '1.0', id: 'e1', source: 's', type, data, topic: 't', pubsubname: 'p' });

function subscribed() {
  const seen: unknown[] = [];
  const failures: string[] = [];
  const handlers = {
    good: (delivered: { data: unknown }) => void seen.push(delivered.data),
    bad: () => Promise.reject(new Error('not now')),
    poison: () => Promise.reject(new DropEventError('never')),
  };
  const { app } = open({
    subscriptions: [{ pubsub: 'p', topic: 't', handlers, deadLetterTopic: 'dead' }],
    onFailure: ({ error }) => void failures.push((error as Error).message),
  });
  const deliver = async (payload: string): Promise<unknown> => {
    const headers = { 'content-type': 'application/cloudevents+json' };
    const reply = await app.inject({ method: 'POST', url: '/events/p/t', headers, payload });
    return [reply.statusCode, reply.json<{ status: string }>().status];
  };
  return { app, deliver, seen, failures };
}

test('serveDapr: lists the actors and subscriptions of the app', async () => {
  const { app } = subscribed();
  assert.deepEqual((await app.inject('/dapr/subscribe')).json(), [
    { pubsubname: 'p', topic: 't', route: '/events/p/t', deadLetterTopic: 'dead' },
  ]);
  assert.deepEqual((await app.inject('/dapr/config')).json(), {
    entities: ['gate'],
    drainRebalancedActors: true,
    drainOngoingCallTimeout: '5s',
    entitiesConfig: [{ entities: ['gate'], actorIdleTimeout: '2m' }],
  });
  assert.equal((await app.inject('/healthz')).statusCode, 204);
});

test('topic route: a handled event is SUCCESS, a failed one RETRY, a poison one DROP', async () => {
  const { deliver, seen, failures } = subscribed();
  assert.deepEqual(await deliver(event('good', { n: 1 })), [200, 'SUCCESS']);
  assert.deepEqual(seen, [{ n: 1 }]);
  assert.deepEqual(await deliver(event('bad')), [200, 'RETRY']);
  assert.deepEqual(await deliver(event('poison')), [200, 'DROP']);
  assert.deepEqual(failures, ['not now', 'never']);
});

test('topic route: events of other types are SUCCESS, a body that is no CloudEvent is DROP', async () => {
  const { deliver } = subscribed();
  assert.deepEqual(await deliver(event('other')), [200, 'SUCCESS']);
  assert.deepEqual(await deliver(event('constructor')), [200, 'SUCCESS']);
  assert.deepEqual(await deliver('{"half":'), [200, 'DROP']);
  assert.deepEqual(await deliver('{"no":"type"}'), [200, 'DROP']);
});

test('actor route: a method receives its argument with any content type, and an empty body is no argument', async () => {
  const { app } = open();
  const url = '/actors/gate/front/method/open';
  for (const type of ['application/json', 'application/octet-stream', undefined]) {
    const headers = type === undefined ? {} : { 'content-type': type };
    const reply = await app.inject({ method: 'PUT', url, headers, payload: Buffer.from('{"gently":true}') });
    assert.deepEqual([reply.statusCode, reply.json()], [200, { how: { gently: true } }]);
    const empty = await app.inject({ method: 'PUT', url, headers });
    assert.deepEqual([empty.statusCode, empty.json()], [200, {}]);
  }
});

test('actor route: a ProblemError is a 200 with the content type application/problem+json', async () => {
  const { app, sidecar } = open();
  const reply = await app.inject({ method: 'PUT', url: '/actors/gate/front/method/reject' });
  assert.equal(reply.statusCode, 200);
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
  assert.equal(reply.json<{ key: string }>().key, 'lost');
  assert.equal(sidecar.state.size, 0);
});

test('actor route: a failed turn is 500 and an unknown method 404', async () => {
  const { app } = open();
  const slammed = await app.inject({ method: 'PUT', url: '/actors/gate/front/method/slam' });
  assert.equal(slammed.statusCode, 500);
  assert.match(slammed.body, /off its hinges/);
  assert.equal((await app.inject({ method: 'PUT', url: '/actors/gate/front/method/fly' })).statusCode, 404);
  assert.equal((await app.inject({ method: 'PUT', url: '/actors/gate/front/method/remind/x' })).statusCode, 404);
});

test('actor route: an invalid id or body is a problem, not a failure to be retried', async () => {
  const failures: unknown[] = [];
  const { app } = open({
    isActorId: (id) => /^[a-z]+$/.test(id),
    onFailure: (failure) => void failures.push(failure),
  });
  for (const [id, payload, type] of [
    ['fr%0Aont', '{}', 'invalid-path'],
    ['..%252f', '{}', 'invalid-path'],
    ['front%3Fa', '{}', 'invalid-path'],
    ['front', '{', 'bad-request'],
  ] as const) {
    const headers = { 'content-type': 'application/json' };
    const reply = await app.inject({ method: 'PUT', url: `/actors/gate/${id}/method/open`, headers, payload });
    assert.equal(reply.statusCode, 200, id);
    assert.match(String(reply.headers['content-type']), /problem\+json/);
    assert.equal(reply.json<{ type: string }>().type, type);
  }
  assert.deepEqual(failures, []);
});

test('actor route: a reminder receives its data, and a deactivated actor loads its state again', async () => {
  const { app, sidecar } = open();
  const url = '/actors/gate/front/method/remind/creak';
  const payload = { data: 'wide', dueTime: '1s', period: '' };
  assert.equal((await app.inject({ method: 'PUT', url, payload })).statusCode, 200);
  assert.equal(sidecar.state.get('gate/front/state'), '{"isOpen":true}');
  assert.equal((await app.inject({ method: 'DELETE', url: '/actors/gate/front' })).statusCode, 200);
  await app.inject({ method: 'PUT', url, payload });
  const reads = (): number => sidecar.calls.filter((call) => call === 'GET state/state').length;
  assert.equal(reads(), 2);
  await app.inject({ method: 'PUT', url, payload });
  assert.equal(reads(), 2);
  // A sidecar that starts requests the configuration; what another host wrote meanwhile is unknown.
  await app.inject('/dapr/config');
  await app.inject({ method: 'PUT', url, payload });
  assert.equal(reads(), 3);
});

test('actors: a caller receives results and problems with their types', async () => {
  const { app, client } = open();
  const through = daprClient({
    clock: movableClock(0),
    transport: {
      async send({ path, body }) {
        const url = path.slice('/v1.0'.length);
        const reply = await app.inject({
          method: 'PUT',
          url,
          payload: body === undefined ? undefined : Buffer.from(body),
        });
        return { status: reply.statusCode, headers: reply.headers as Record<string, string>, body: reply.rawPayload };
      },
      async close() {},
    },
  });
  const gate = through.actors(Gate).get('front');
  assert.deepEqual(await gate.open({ gently: false }), { how: { gently: false } });
  await assert.rejects(gate.reject(), { name: 'ProblemError', status: 409, message: 'locked' });
  await assert.rejects(gate.slam(), { name: 'DaprError', status: 500 });
  await client.close();
});

test('serveDapr: calls carry the trace of the request being served, also when its body arrives late', async () => {
  const { app, client } = open();
  const seen: (string | undefined)[] = [];
  app.post('/work', async () => void seen.push(client.context.traceId()));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  // One connection serves all three: a trace must not stay with it.
  for (const digit of ['3', '4', undefined]) {
    const trace = digit === undefined ? {} : { traceparent: `00-${digit.repeat(32)}-${'5'.repeat(16)}-01` };
    const headers = { ...trace, 'content-type': 'application/json' };
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const late = request(`${url}/work`, { method: 'POST', headers, agent }, (reply) =>
      reply.resume().on('end', () => resolve(reply.statusCode)),
    );
    late.write('{"n":');
    await new Promise((settled) => setTimeout(settled, 20));
    late.end('1}');
    assert.equal(await promise, 200);
  }
  assert.deepEqual(seen, ['3'.repeat(32), '4'.repeat(32), undefined]);
  agent.destroy();
  await app.close();
});
