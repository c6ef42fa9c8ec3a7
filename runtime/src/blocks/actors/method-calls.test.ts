import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf, noBody } from '#core/message.ts';
import { hasCode } from './errors.ts';
import { ActorTestCluster, type ReceivedCall, testCall } from './actor-test-cluster.testing.ts';

const reentrant = { entities: ['counter'], reentrancy: { enabled: true, maxStackDepth: 3 } };

/** Turns that end when the test says so. */
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

test('turns of one actor wait for each other, turns of different actors do not', async () => {
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

test('a call chain may come back to the actor it is inside of, to a limit', async () => {
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

test('without reentrancy an actor that calls itself is told so instead of hanging', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  cluster.script = { method: () => cluster.call(host, '1', 'again') };
  const stuck = assert.rejects(cluster.call(host, '1'), /needs reentrancy/);
  await cluster.clock.tick(60_000);
  await stuck;
  await cluster.close();
});

test("an app's refusal is told in the wire's words", async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  cluster.script = { method: async () => ({ status: 500, body: 'custom error' }) };
  await assert.rejects(cluster.call(host, '1'), {
    message: 'error invoke actor method: error from actor service: (500) custom error',
  });
  await cluster.close();
});

test("an actor's own error passes as it is", async () => {
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

test('a call reaches the actor on the host that owns it, with its body, headers and trace', async () => {
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

test('a method gets the query of its call, also from another host', async () => {
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

test('a refusal of another host arrives with its code', async () => {
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

test('a call to a type that nobody hosts fails in bounded time and says who hosts what', async () => {
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

test('an idle actor is deactivated in the app and activated anew by its next call', async () => {
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

test('a caller that goes away does not end a turn that has begun', async () => {
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
  caller.abort(new Error('gone'));
  await cluster.clock.tick(0);
  assert.equal(cluster.receivedCalls.length, 1, 'the second turn waits although the first caller is gone');
  turns.next();
  await first;
  await cluster.clock.tick(0);
  turns.next();
  await second;
  await cluster.close();
});

test('after a close no turn begins', async () => {
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
