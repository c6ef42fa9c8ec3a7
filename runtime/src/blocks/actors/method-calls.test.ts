import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf, noBody } from '#core/message.ts';
import { hasCode } from './errors.ts';
import { ActorWorld, type Heard, testCall } from './testing.ts';

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
  const world = new ActorWorld();
  const host = await world.host('a');
  const turns = gate();
  world.script = turns;
  const calls = [world.call(host, '1', 'first'), world.call(host, '1', 'second'), world.call(host, '2', 'other')];
  await world.clock.tick(0);
  assert.deepEqual(world.story(), ['a first counter/1', 'a other counter/2']);
  turns.next();
  await world.clock.tick(0);
  assert.equal(world.story().at(-1), 'a second counter/1');
  turns.next();
  turns.next();
  assert.deepEqual(await Promise.all(calls), ['done', 'done', 'done']);
  await world.close();
});

test('a call chain may come back to the actor it is inside of, to a limit', async () => {
  const world = new ActorWorld();
  const host = await world.host('a', reentrant);
  world.script = {
    method: async ({ headers = [] }: Heard) => {
      const chain = headerOf(headers, 'Dapr-Reentrancy-Id') ?? '';
      return `${await world.call(host, '1', 'again', ['Dapr-Reentrancy-Id', chain])}.`;
    },
  };
  await assert.rejects(world.call(host, '1', 'again'), /maximum stack depth exceeded/);
  assert.equal(world.heard.length, 3);
  await world.close();
});

test('without reentrancy an actor that calls itself is told so instead of hanging', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  world.script = { method: () => world.call(host, '1', 'again') };
  const stuck = assert.rejects(world.call(host, '1'), /needs reentrancy/);
  await world.clock.tick(60_000);
  await stuck;
  await world.close();
});

test("an app's refusal is told in the wire's words", async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  world.script = { method: async () => ({ status: 500, body: 'custom error' }) };
  await assert.rejects(world.call(host, '1'), {
    message: 'error invoke actor method: error from actor service: (500) custom error',
  });
  await world.close();
});

test("an actor's own error passes as it is", async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  world.script = {
    method: async () => ({ status: 409, headers: ['X-DaprErrorResponseHeader', 'true'], body: '{"code":"sold out"}' }),
  };
  const reply = await host.actors.invoke(testCall(), { type: 'counter', id: '1' }, 'buy', {
    headers: [],
    body: noBody,
  });
  assert.equal(reply.status, 409);
  assert.equal(Buffer.from(reply.body).toString(), '{"code":"sold out"}');
  await world.close();
});

test('a call reaches the actor on the host that owns it, with its body, headers and trace', async () => {
  const world = new ActorWorld();
  const owner = await world.host('a');
  const other = world.sidecar('b');
  world.script = { method: async ({ headers = [] }) => headerOf(headers, 'x-colour') ?? 'none' };
  assert.equal(await world.call(other, '1', 'paint', ['x-colour', 'red']), 'red');
  const [heard] = world.heard;
  assert.equal(heard?.host, owner.name);
  assert.equal(headerOf(heard?.headers ?? [], 'x-dapr-remote'), undefined);
  assert.equal(heard?.traceId, testCall().trace.traceId);
  await world.close();
});

test('a method gets the query of its call, also from another host', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  const other = world.sidecar('b');
  for (const { actors } of [host, other])
    await actors.invoke(testCall(), { type: 'counter', id: '1' }, 'list', {
      headers: [],
      body: noBody,
      query: 'q=a%2Fb',
    });
  assert.deepEqual(
    world.heard.map(({ query }) => query),
    ['q=a%2Fb', 'q=a%2Fb'],
  );
  await world.close();
});

test('a refusal of another host arrives with its code', async () => {
  const world = new ActorWorld();
  await world.host('a');
  const other = world.sidecar('b');
  world.script = { method: async () => ({ status: 418, body: 'teapot' }) };
  await assert.rejects(world.call(other, '1'), (error: Error) => {
    assert.equal(error.message, 'error invoke actor method: error from actor service: (418) teapot');
    return hasCode(error, 'ERR_ACTOR_INVOKE_METHOD');
  });
  await world.close();
});

test('a call to a type that nobody hosts fails in bounded time and says who hosts what', async () => {
  const world = new ActorWorld();
  await world.host('a');
  const other = await world.host('b', { entities: [] });
  const call = other.actors.invoke(testCall(), { type: 'ghost', id: '1' }, 'm', { headers: [], body: noBody });
  const failed = assert.rejects(call, (error: Error) => {
    assert.match(error.message, /no host offers actor type ghost .* shop at a:1 hosts counter/);
    return hasCode(error, 'ERR_ACTOR_NO_ADDRESS');
  });
  await world.clock.tick(2200);
  await failed;
  await world.close();
});

test('an idle actor is deactivated in the app and activated anew by its next call', async () => {
  const world = new ActorWorld();
  const host = await world.host('a', { entities: ['counter'], actorIdleTimeout: '10s' });
  await world.call(host, '1');
  await world.clock.tick(6000);
  await world.call(host, '1');
  await world.clock.tick(6000);
  assert.equal(host.actors.metadata().activeActors[0]?.count, 1);
  await world.clock.tick(5000);
  assert.deepEqual(world.story().slice(2), ['a deactivate counter/1']);
  assert.equal(host.actors.metadata().activeActors[0]?.count, 0);
  await world.call(host, '1');
  assert.equal(world.activities.filter(({ kind }) => kind === 'actor.activate').length, 2);
  await world.close();
});

test('a caller that goes away does not end a turn that has begun', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  const turns = gate();
  world.script = turns;
  const gone = new AbortController();
  const first = host.actors.invoke(testCall(gone.signal), { type: 'counter', id: '1' }, 'first', {
    headers: [],
    body: noBody,
  });
  const second = world.call(host, '1', 'second');
  await world.clock.tick(0);
  gone.abort(new Error('gone'));
  await world.clock.tick(0);
  assert.equal(world.heard.length, 1, 'the second turn waits although the first caller is gone');
  turns.next();
  await first;
  await world.clock.tick(0);
  turns.next();
  await second;
  await world.close();
});

test('after a close no turn begins', async () => {
  const world = new ActorWorld();
  const host = await world.host('a');
  await world.call(host, '1');
  const closed = host.actors.close();
  const late = assert.rejects(world.call(host, '1'), (error) => hasCode(error, 'ERR_ACTOR_RUNTIME_CLOSED'));
  await world.clock.tick(1000);
  await closed;
  await late;
  assert.equal(world.story().at(-1), 'a deactivate counter/1');
  assert.equal(world.database.hosts.size, 0);
});
