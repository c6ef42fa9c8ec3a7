import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appUnavailable } from '#core/app-channel.ts';
import { settle } from '#core/fake-clock.ts';
import { headerOf } from '#core/message.ts';
import { hasCode } from './errors.ts';
import { partitionOf } from './partition.ts';
import { ActorWorld, type Heard, type SimulatedHost, testCall } from './testing.ts';

const ids = Array.from({ length: 12 }, (_, i) => String(i));
const never = (): Promise<never> => new Promise(() => {});

/** The app beside `a` never ends a turn; the others do at once. */
const stuckOnA = { method: ({ host }: Heard) => (host === 'a' ? never() : Promise.resolve(`on ${host}`)) };

function owns(host: SimulatedHost, id: string): boolean {
  return host.placement.fence('counter', partitionOf(id)) !== undefined;
}

/** Two hosts that have their share. */
async function twoHosts(world: ActorWorld): Promise<{ a: SimulatedHost; b: SimulatedHost; id: string }> {
  const a = await world.host('a');
  const b = await world.host('b');
  await world.clock.tick(3000);
  return { a, b, id: ids.find((one) => owns(a, one)) ?? assert.fail() };
}

test('moved calls: what a host that leaves did not end is done at the new one, whoever called', async () => {
  const world = new ActorWorld();
  const a = await world.host('a');
  const caller = world.sidecar('c');
  world.script = stuckOnA;
  const calls = ids.flatMap((id) => [world.call(a, id, 'first'), world.call(caller, id, 'second')]);
  await settle();
  await world.host('b');
  const left = a.actors.close();
  await world.clock.tick(5000);
  await left;
  assert.deepEqual([...new Set(await Promise.all(calls))], ['on b']);
  const runs = world.heard.filter(({ what }) => what !== 'deactivate');
  assert.equal(runs.length, 3 * ids.length, 'one run was ended on a, the call that waited behind it began on b only');
  await world.close();
});

test('moved calls: when a host joins, only the turns of actors that move are ended and run again', async () => {
  const world = new ActorWorld();
  const a = await world.host('a');
  world.script = stuckOnA;
  const answers = new Map<string, string>();
  for (const id of ids) void world.call(a, id).then((answer) => answers.set(id, answer));
  await settle();
  const b = await world.host('b');
  await world.clock.tick(5000);
  const moved = ids.filter((id) => owns(b, id));
  assert.ok(moved.length > 0 && moved.length < ids.length);
  assert.deepEqual([...answers.keys()].toSorted(), moved.toSorted());
  const left = a.actors.close();
  await world.clock.tick(5000);
  await left;
  assert.equal(answers.size, ids.length);
  await world.close();
});

test('moved calls: without drainRebalancedActors a turn is ended at once', async () => {
  const world = new ActorWorld();
  const a = await world.host('a', { entities: ['counter'], drainRebalancedActors: false });
  world.script = stuckOnA;
  const call = world.call(a, '1');
  await settle();
  await world.host('b');
  const left = a.actors.close();
  await world.clock.tick(1500);
  assert.equal(await call, 'on b');
  await left;
  await world.close();
});

test('moved calls: a turn that was ended writes nothing any more', async () => {
  const world = new ActorWorld();
  const a = await world.host('a');
  const opened = Promise.withResolvers<void>();
  let late: unknown;
  const save = (host: SimulatedHost, value: string): Promise<void> =>
    host.actors.commit(
      testCall(),
      { type: 'counter', id: '1' },
      { operations: [{ kind: 'set', key: 'n', value: Buffer.from(value) }], reminders: [], events: [] },
    );
  const hosts: SimulatedHost[] = [a];
  world.script = {
    method: async ({ host }) => {
      if (host === 'a') {
        await opened.promise;
        await save(a, 'from a').catch((cause: unknown) => (late = cause));
      } else await save(hosts[1] ?? assert.fail(), 'from b');
      return host;
    },
  };
  const call = world.call(a, '1');
  await settle();
  hosts.push(await world.host('b'));
  const left = a.actors.close();
  await world.clock.tick(5000);
  assert.equal(await call, 'b');
  opened.resolve();
  await settle();
  await left;
  assert.ok(hasCode(late, 'ERR_ACTOR_INSTANCE_MISSING'));
  const stored = world.database.state.get('shop||counter||1||n');
  assert.equal(Buffer.from(stored?.data ?? []).toString(), 'from b');
  await world.close();
});

test('moved calls: a call from within the ended turn fails, and the turn is run again as a whole', async () => {
  const world = new ActorWorld();
  const reentrant = { entities: ['counter'], reentrancy: { enabled: true } };
  const a = await world.host('a', reentrant);
  const inner: string[] = [];
  world.script = {
    method: async ({ host, what, headers = [] }) => {
      if (what === 'inner') return host === 'a' ? never() : 'unexpected';
      if (host !== 'a') return 'whole';
      const chain = headerOf(headers, 'Dapr-Reentrancy-Id') ?? '';
      return world.call(a, '1', 'inner', ['Dapr-Reentrancy-Id', chain]).catch((cause: Error) => {
        inner.push(cause.message);
        return 'half';
      });
    },
  };
  const call = world.call(a, '1', 'outer');
  await settle();
  await world.host('b', reentrant);
  const left = a.actors.close();
  await world.clock.tick(5000);
  await left;
  assert.equal(await call, 'whole');
  assert.deepEqual(inner, ['error invoke actor method: the turn was ended after 2000 ms: its actor leaves this host']);
  await world.close();
});

for (const who of ['another host', 'a sidecar without actors'])
  test(`moved calls: what a host that stands still does not answer is done by the next one, for ${who}`, async () => {
    const world = new ActorWorld();
    const { a, b, id } = await twoHosts(world);
    world.script = stuckOnA;
    const call = world.call(who === 'another host' ? b : world.sidecar('c'), id);
    await settle();
    a.cut(true);
    await world.clock.tick(9000);
    assert.equal(await call, 'on b');
    a.cut(false);
    await world.close();
  });

test('moved calls: a reply that is on its way when its host leaves is taken, not asked for again', async () => {
  const world = new ActorWorld();
  const { a, b, id } = await twoHosts(world);
  const done = Promise.withResolvers<string>();
  world.script = { method: () => done.promise };
  const call = world.call(b, id);
  await settle();
  a.cut(true);
  done.resolve('once');
  await settle();
  // the lease is over and the table says so, but the reply comes within the time that replies may take
  world.database.hosts.delete([...world.database.hosts.keys()].find((key) => key.startsWith('a-')) ?? '');
  await world.clock.tick(1100);
  a.cut(false);
  await settle();
  assert.equal(await call, 'once');
  assert.equal(world.heard.filter(({ what }) => what === 'add').length, 1);
  await world.close();
});

test('moved calls: an app that stops together with its sidecar costs its callers nothing', async () => {
  const world = new ActorWorld();
  const a = await world.host('a');
  const appEnds = Promise.withResolvers<never>();
  world.script = { method: ({ host }) => (host === 'a' ? appEnds.promise : Promise.resolve(`on ${host}`)) };
  const call = world.call(a, '1');
  await settle();
  await world.host('b');
  const left = a.actors.close();
  appEnds.reject(appUnavailable('127.0.0.1:1', 'it closed the connection'));
  await world.clock.tick(2000);
  assert.equal(await call, 'on b');
  await left;
  await world.close();
});

test('moved calls: a firing that is ended by a move is no refusal and comes again at the new host', async () => {
  const world = new ActorWorld();
  const a = await world.host('a');
  world.script = { reminder: ({ host }) => (host === 'a' ? never() : Promise.resolve({ cancel: false })) };
  const failurePolicy = { kind: 'drop' } as const;
  await a.actors.setReminder(testCall(), { type: 'counter', id: '1' }, 'wake', { dueTime: '0s', failurePolicy });
  await world.clock.tick(10);
  await world.host('b');
  const left = a.actors.close();
  await world.clock.tick(5000);
  await left;
  const firings = world.heard.filter(({ what }) => what === 'remind wake').map(({ host }) => host);
  assert.deepEqual(firings, ['a', 'b']);
  await world.close();
});

test('close: an app that comes back meanwhile gets no actors any more', async () => {
  const world = new ActorWorld();
  const a = await world.host('a');
  const b = await world.host('b');
  const back = a.actors.unhost().then(() => world.join(a));
  const closed = a.actors.close();
  await world.clock.tick(5000);
  await Promise.all([back, closed]);
  await world.clock.tick(5000);
  assert.deepEqual(a.placement.fences(), []);
  const calls = Promise.all(ids.map((id) => world.call(b, id)));
  await world.clock.tick(5000);
  assert.deepEqual([...new Set(await calls)], ['ok']);
  await world.close();
});
