import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appUnavailable } from '#core/app-channel.ts';
import { settle } from '#core/fake-clock.ts';
import { headerOf } from '#core/message.ts';
import { hasCode } from './errors.ts';
import { partitionOf } from './partition.ts';
import { ActorTestCluster, type ReceivedCall, type SimulatedHost, testCall } from './actor-test-cluster.testing.ts';

const ids = Array.from({ length: 12 }, (_, i) => String(i));
const never = (): Promise<never> => new Promise(() => {});

/** The app of `a` never ends a turn; the others do at once. */
const stuckOnA = { method: ({ host }: ReceivedCall) => (host === 'a' ? never() : Promise.resolve(`on ${host}`)) };

function owns(host: SimulatedHost, id: string): boolean {
  return host.placement.fence('counter', partitionOf(id)) !== undefined;
}

/** Two hosts that each own their share. */
async function twoHosts(cluster: ActorTestCluster): Promise<{ a: SimulatedHost; b: SimulatedHost; id: string }> {
  const a = await cluster.host('a');
  const b = await cluster.host('b');
  await cluster.clock.tick(3000);
  return { a, b, id: ids.find((one) => owns(a, one)) ?? assert.fail() };
}

test('moved calls: work that a leaving host did not finish is done by the new one, for every caller', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const caller = cluster.sidecar('c');
  cluster.script = stuckOnA;
  const calls = ids.flatMap((id) => [cluster.call(a, id, 'first'), cluster.call(caller, id, 'second')]);
  await settle();
  await cluster.host('b');
  const closed = a.actors.close();
  await cluster.clock.tick(5000);
  await closed;
  assert.deepEqual([...new Set(await Promise.all(calls))], ['on b']);
  const runs = cluster.receivedCalls.filter(({ what }) => what !== 'deactivate');
  assert.equal(runs.length, 3 * ids.length, 'one run was ended on a, the call that waited behind it began on b only');
  await cluster.close();
});

test('moved calls: when a host joins, only the turns of moving actors are ended and run again', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  cluster.script = stuckOnA;
  const responses = new Map<string, string>();
  for (const id of ids) void cluster.call(a, id).then((response) => responses.set(id, response));
  await settle();
  const b = await cluster.host('b');
  await cluster.clock.tick(5000);
  const moved = ids.filter((id) => owns(b, id));
  assert.ok(moved.length > 0 && moved.length < ids.length);
  assert.deepEqual([...responses.keys()].toSorted(), moved.toSorted());
  const closed = a.actors.close();
  await cluster.clock.tick(5000);
  await closed;
  assert.equal(responses.size, ids.length);
  await cluster.close();
});

test('moved calls: without drainRebalancedActors a turn is ended at once', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a', { entities: ['counter'], drainRebalancedActors: false });
  cluster.script = stuckOnA;
  const call = cluster.call(a, '1');
  await settle();
  await cluster.host('b');
  const closed = a.actors.close();
  await cluster.clock.tick(1500);
  assert.equal(await call, 'on b');
  await closed;
  await cluster.close();
});

test('moved calls: an ended turn writes nothing any more', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const opened = Promise.withResolvers<void>();
  let late: unknown;
  const save = (host: SimulatedHost, value: string): Promise<void> =>
    host.actors.commit(
      testCall(),
      { type: 'counter', id: '1' },
      { operations: [{ kind: 'set', key: 'n', value: Buffer.from(value) }], reminders: [], events: [] },
    );
  const hosts: SimulatedHost[] = [a];
  cluster.script = {
    method: async ({ host }) => {
      if (host === 'a') {
        await opened.promise;
        await save(a, 'from a').catch((cause: unknown) => (late = cause));
      } else await save(hosts[1] ?? assert.fail(), 'from b');
      return host;
    },
  };
  const call = cluster.call(a, '1');
  await settle();
  hosts.push(await cluster.host('b'));
  const closed = a.actors.close();
  await cluster.clock.tick(5000);
  assert.equal(await call, 'b');
  opened.resolve();
  await settle();
  await closed;
  assert.ok(hasCode(late, 'ERR_ACTOR_INSTANCE_MISSING'));
  const stored = cluster.database.state.get('shop||counter||1||n');
  assert.equal(Buffer.from(stored?.data ?? []).toString(), 'from b');
  await cluster.close();
});

test('moved calls: a nested call of an ended turn fails, and the turn is run again as a whole', async () => {
  const cluster = new ActorTestCluster();
  const reentrant = { entities: ['counter'], reentrancy: { enabled: true } };
  const a = await cluster.host('a', reentrant);
  const inner: string[] = [];
  cluster.script = {
    method: async ({ host, what, headers = [] }) => {
      if (what === 'inner') return host === 'a' ? never() : 'unexpected';
      if (host !== 'a') return 'whole';
      const chain = headerOf(headers, 'Dapr-Reentrancy-Id') ?? '';
      return cluster.call(a, '1', 'inner', ['Dapr-Reentrancy-Id', chain]).catch((cause: Error) => {
        inner.push(cause.message);
        return 'half';
      });
    },
  };
  const call = cluster.call(a, '1', 'outer');
  await settle();
  await cluster.host('b', reentrant);
  const closed = a.actors.close();
  await cluster.clock.tick(5000);
  await closed;
  assert.equal(await call, 'whole');
  assert.deepEqual(inner, ['error invoke actor method: the turn was ended after 2000 ms: its actor leaves this host']);
  await cluster.close();
});

for (const who of ['another host', 'a sidecar without actors'])
  test(`moved calls: a suspended host is replaced by the next one, for ${who}`, async () => {
    const cluster = new ActorTestCluster();
    const { a, b, id } = await twoHosts(cluster);
    cluster.script = stuckOnA;
    const call = cluster.call(who === 'another host' ? b : cluster.sidecar('c'), id);
    await settle();
    a.cut(true);
    await cluster.clock.tick(9000);
    assert.equal(await call, 'on b');
    a.cut(false);
    await cluster.close();
  });

test('moved calls: a reply in flight when its host leaves is used, not requested again', async () => {
  const cluster = new ActorTestCluster();
  const { a, b, id } = await twoHosts(cluster);
  const done = Promise.withResolvers<string>();
  cluster.script = { method: () => done.promise };
  const call = cluster.call(b, id);
  await settle();
  a.cut(true);
  done.resolve('once');
  await settle();
  // the lease has ended and the table shows it, but the reply arrives within the grace period for replies
  cluster.database.hosts.delete([...cluster.database.hosts.keys()].find((key) => key.startsWith('a-')) ?? '');
  await cluster.clock.tick(1100);
  a.cut(false);
  await settle();
  assert.equal(await call, 'once');
  assert.equal(cluster.receivedCalls.filter(({ what }) => what === 'add').length, 1);
  await cluster.close();
});

test('moved calls: an app that stops with its sidecar costs its callers nothing', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const appEnds = Promise.withResolvers<never>();
  cluster.script = { method: ({ host }) => (host === 'a' ? appEnds.promise : Promise.resolve(`on ${host}`)) };
  const call = cluster.call(a, '1');
  await settle();
  await cluster.host('b');
  const closed = a.actors.close();
  appEnds.reject(appUnavailable('127.0.0.1:1', 'it closed the connection'));
  await cluster.clock.tick(2000);
  assert.equal(await call, 'on b');
  await closed;
  await cluster.close();
});

test('moved calls: a firing ended by a move is no rejection and is repeated at the new host', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  cluster.script = { reminder: ({ host }) => (host === 'a' ? never() : Promise.resolve({ cancel: false })) };
  const failurePolicy = { kind: 'drop' } as const;
  await a.actors.setReminder(testCall(), { type: 'counter', id: '1' }, 'wake', { dueTime: '0s', failurePolicy });
  await cluster.clock.tick(10);
  await cluster.host('b');
  const closed = a.actors.close();
  await cluster.clock.tick(5000);
  await closed;
  const firings = cluster.receivedCalls.filter(({ what }) => what === 'remind wake').map(({ host }) => host);
  assert.deepEqual(firings, ['a', 'b']);
  await cluster.close();
});

test('close: an app that reconnects meanwhile gets no actors', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const b = await cluster.host('b');
  const back = a.actors.unregisterHost().then(() => cluster.join(a));
  const closed = a.actors.close();
  await cluster.clock.tick(5000);
  await Promise.all([back, closed]);
  await cluster.clock.tick(5000);
  assert.deepEqual(a.placement.fences(), []);
  const calls = Promise.all(ids.map((id) => cluster.call(b, id)));
  await cluster.clock.tick(5000);
  assert.deepEqual([...new Set(await calls)], ['ok']);
  await cluster.close();
});
