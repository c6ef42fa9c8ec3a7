import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf, noBody } from '#core/message.ts';
import { hasCode } from './errors.ts';
import { ActorTestCluster, type ReceivedCall, testCall } from './actor-test-cluster.testing.ts';

const reentrant = { entities: ['counter'], reentrancy: { enabled: true, maxStackDepth: 3 } };

/** Turns that end when the test ends them. */
function gate() {
  const open: (() => void)[] = [];
  return {
    method: () => new Promise<string>((resolve) => open.push(() => resolve('done'))),
    get waiting() {
      return open.length;
    },
    next: () => open.shift()?.(),
  };
}

test('actor turns: serial for one actor, concurrent for different actors', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  const turns = gate();
  cluster.script = turns;
  const calls = [cluster.call(host, '1', 'first'), cluster.call(host, '1', 'second'), cluster.call(host, '2', 'other')];
  await cluster.clock.tick(0);
  assert.deepEqual(cluster.summary(), ['a first counter/1', 'a other counter/2']);
  turns.next();
  await cluster.clock.tick(0);
  assert.equal(cluster.summary().at(-1), 'a second counter/1');
  turns.next();
  turns.next();
  assert.deepEqual(await Promise.all(calls), ['done', 'done', 'done']);
  await cluster.close();
});

test('reentrancy: a call chain may re-enter its actor, up to a depth', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a', reentrant);
  cluster.script = {
    method: async ({ headers = [] }: ReceivedCall) => {
      const chain = headerOf(headers, 'Dapr-Reentrancy-Id') ?? '';
      return `${await cluster.call(host, '1', 'again', ['Dapr-Reentrancy-Id', chain])}.`;
    },
  };
  await assert.rejects(cluster.call(host, '1', 'again'), /maximum stack depth exceeded/);
  assert.equal(cluster.receivedCalls.length, 3);
  await cluster.close();
});

test('no reentrancy: an actor that calls itself gets an error instead of a deadlock', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  cluster.script = { method: () => cluster.call(host, '1', 'again') };
  const stuck = assert.rejects(cluster.call(host, '1'), /needs reentrancy/);
  await cluster.clock.tick(60_000);
  await stuck;
  await cluster.close();
});

test('actor method: a rejection by the app has the text of the wire protocol', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  cluster.script = { method: async () => ({ status: 500, body: 'custom error' }) };
  await assert.rejects(cluster.call(host, '1'), {
    message: 'error invoke actor method: error from actor service: (500) custom error',
  });
  await cluster.close();
});

test("actor method: an actor's own error is passed on unchanged", async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  cluster.script = {
    method: async () => ({ status: 409, headers: ['X-DaprErrorResponseHeader', 'true'], body: '{"code":"sold out"}' }),
  };
  const reply = await host.actors.invoke(testCall(), { type: 'counter', id: '1' }, 'buy', {
    headers: [],
    body: noBody,
  });
  assert.equal(reply.status, 409);
  assert.equal(Buffer.from(reply.body).toString(), '{"code":"sold out"}');
  await cluster.close();
});

test('actor method: reaches the actor on its owner, with body, headers and trace', async () => {
  const cluster = new ActorTestCluster();
  const owner = await cluster.host('a');
  const other = cluster.sidecar('b');
  cluster.script = { method: async ({ headers = [] }) => headerOf(headers, 'x-colour') ?? 'none' };
  assert.equal(await cluster.call(other, '1', 'paint', ['x-colour', 'red']), 'red');
  const [received] = cluster.receivedCalls;
  assert.equal(received?.host, owner.name);
  assert.equal(headerOf(received?.headers ?? [], 'x-dapr-remote'), undefined);
  assert.equal(received?.traceId, testCall().trace.traceId);
  await cluster.close();
});

test('actor method: gets the query of its call, also from another host', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  const other = cluster.sidecar('b');
  for (const { actors } of [host, other])
    await actors.invoke(testCall(), { type: 'counter', id: '1' }, 'list', {
      headers: [],
      body: noBody,
      query: 'q=a%2Fb',
    });
  assert.deepEqual(
    cluster.receivedCalls.map(({ query }) => query),
    ['q=a%2Fb', 'q=a%2Fb'],
  );
  await cluster.close();
});

test('actor method: an error of another host arrives with its code', async () => {
  const cluster = new ActorTestCluster();
  await cluster.host('a');
  const other = cluster.sidecar('b');
  cluster.script = { method: async () => ({ status: 418, body: 'teapot' }) };
  await assert.rejects(cluster.call(other, '1'), (error: Error) => {
    assert.equal(error.message, 'error invoke actor method: error from actor service: (418) teapot');
    return hasCode(error, 'ERR_ACTOR_INVOKE_METHOD');
  });
  await cluster.close();
});

test('actor method: a type without a host fails in bounded time and lists the hosts', async () => {
  const cluster = new ActorTestCluster();
  await cluster.host('a');
  const other = await cluster.host('b', { entities: [] });
  const call = other.actors.invoke(testCall(), { type: 'ghost', id: '1' }, 'm', { headers: [], body: noBody });
  const failed = assert.rejects(call, (error: Error) => {
    assert.match(error.message, /no host offers actor type ghost .* shop at a:1 hosts counter/);
    return hasCode(error, 'ERR_ACTOR_NO_ADDRESS');
  });
  await cluster.clock.tick(2200);
  await failed;
  await cluster.close();
});

test('idle actor: deactivated in the app, and activated again by its next call', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a', { entities: ['counter'], actorIdleTimeout: '10s' });
  await cluster.call(host, '1');
  await cluster.clock.tick(6000);
  await cluster.call(host, '1');
  await cluster.clock.tick(6000);
  assert.equal(host.actors.metadata().activeActors[0]?.count, 1);
  await cluster.clock.tick(5000);
  assert.deepEqual(cluster.summary().slice(2), ['a deactivate counter/1']);
  assert.equal(host.actors.metadata().activeActors[0]?.count, 0);
  await cluster.call(host, '1');
  assert.equal(cluster.activities.filter(({ kind }) => kind === 'actor.activate').length, 2);
  await cluster.close();
});

test('actor method: a disconnected caller does not end a running turn', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  const turns = gate();
  cluster.script = turns;
  const caller = new AbortController();
  const first = host.actors.invoke(testCall(caller.signal), { type: 'counter', id: '1' }, 'first', {
    headers: [],
    body: noBody,
  });
  const second = cluster.call(host, '1', 'second');
  await cluster.clock.tick(0);
  caller.abort(new Error('disconnected'));
  await cluster.clock.tick(0);
  assert.equal(cluster.receivedCalls.length, 1, 'the second turn waits although the first caller has disconnected');
  turns.next();
  await first;
  await cluster.clock.tick(0);
  turns.next();
  await second;
  await cluster.close();
});

test('close: no turn begins afterwards', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await cluster.call(host, '1');
  const closed = host.actors.close();
  const late = assert.rejects(cluster.call(host, '1'), (error) => hasCode(error, 'ERR_ACTOR_RUNTIME_CLOSED'));
  await cluster.clock.tick(1000);
  await closed;
  await late;
  assert.equal(cluster.summary().at(-1), 'a deactivate counter/1');
  assert.equal(cluster.database.hosts.size, 0);
});
