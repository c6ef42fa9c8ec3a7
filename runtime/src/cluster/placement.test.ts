import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { settle } from '#core/fake-clock.ts';
import { hasCode } from '#blocks/actors/errors.ts';
import { type Fence, partitionCount } from '#blocks/actors/ports.ts';
import { ActorTestCluster, type SimulatedHost, testCall } from '#blocks/actors/actor-test-cluster.testing.ts';
import { partitionOf } from '#blocks/actors/partition.ts';
import { changesFor } from './placement-changes.ts';
import { PlacementSlots } from './placement-slots.ts';
import { PlacementTable } from './placement-table.ts';

const actor = { type: 'counter', id: '1' };

function shareOf(host: SimulatedHost): number {
  return host.placement.fences().length;
}

test('placement: a single host owns every partition as soon as its app is available', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a', { entities: ['counter', 'order'] });
  assert.equal(shareOf(host), 2 * partitionCount);
  assert.equal(host.actors.metadata().hostReady, true);
  await cluster.close();
});

test('placement: a second host gets a fair share, after the first has released it', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const b = await cluster.host('b');
  assert.equal(shareOf(b), 0, 'what is owned is not taken');
  await cluster.clock.tick(3000);
  assert.equal(shareOf(a) + shareOf(b), partitionCount);
  assert.ok(shareOf(b) > partitionCount / 4 && shareOf(a) > partitionCount / 4, `${shareOf(a)} and ${shareOf(b)}`);
  await cluster.close();
});

test('placement: a new host is settled when the first has released its share, without waiting for a heartbeat', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const { signal } = new AbortController();
  await a.actors.whenPlacementSettled(signal);
  const b = await cluster.host('b');
  let isSettled = false;
  void b.actors.whenPlacementSettled(signal).then(() => (isSettled = true));
  await cluster.clock.tick(900);
  assert.equal(isSettled, false);
  await cluster.clock.tick(400);
  assert.ok(isSettled && shareOf(b) > partitionCount / 4, `${isSettled} with ${shareOf(b)}`);
  await cluster.close();
});

test('placement: a new host stops waiting at the limit, or when it stops', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const b = await cluster.host('b');
  a.cut(true);
  const stop = new AbortController();
  let settled = 0;
  const count = (): number => ++settled;
  void b.actors.whenPlacementSettled(stop.signal).then(count);
  void b.actors.whenPlacementSettled(new AbortController().signal).then(count);
  await cluster.clock.tick(500);
  stop.abort();
  await cluster.clock.tick(0);
  assert.equal(settled, 1);
  await cluster.clock.tick(2500);
  assert.equal(settled, 2);
  a.cut(false);
  await cluster.close();
});

test('placement: a move waits for the running turn, deactivates the actor, and the next turn runs elsewhere', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a', { entities: ['counter'], drainOngoingCallTimeout: '20s' });
  const ids = Array.from({ length: 16 }, (_, i) => String(i));
  let release = (): void => {};
  const open = new Promise<void>((resolve) => (release = resolve));
  cluster.script = {
    method: async ({ what }) => {
      if (what === 'long') await open;
      return 'ok';
    },
  };
  const long = ids.map((id) => cluster.call(a, id, 'long'));
  await settle();
  const b = await cluster.host('b', { entities: ['counter'] });
  await cluster.clock.tick(5000);
  assert.ok(shareOf(b) > partitionCount / 8, 'what no turn holds back moves at once');
  const unmoved = ids.filter((id) => !b.placement.fence(actor.type, partitionOf(id)));
  assert.deepEqual(unmoved, ids, 'no partition moves while a turn runs in it');
  release();
  assert.equal((await Promise.all(long)).length, ids.length);
  await cluster.clock.tick(3000);
  const moved = cluster.receivedCalls.filter(({ what }) => what === 'deactivate').map(({ actor: { id } }) => id);
  assert.ok(moved.length > 0);
  cluster.receivedCalls.length = 0;
  for (const id of moved) await cluster.call(a, id, 'next');
  assert.ok(cluster.receivedCalls.every(({ host }) => host === 'b'));
  await cluster.close();
});

test('placement: a turn that exceeds its drain timeout is ended, and without another host its caller gets the error', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a', { entities: ['counter'], drainOngoingCallTimeout: '2s' });
  cluster.script = { method: () => new Promise(() => {}) };
  const ended = assert.rejects(cluster.call(a, '1', 'forever'), (error: Error) => {
    assert.match(error.message, /ended after 2000 ms: its actor leaves this host; then: actor runtime is closed/);
    return hasCode(error, 'ERR_ACTOR_INVOKE_METHOD');
  });
  await settle();
  const closing = a.actors.close();
  await cluster.clock.tick(2500);
  await ended;
  await closing;
  await cluster.close();
});

test('placement: a turn that blocks a move is ended before the lease when heartbeats fail', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a', { entities: ['counter'], drainOngoingCallTimeout: '20s' });
  cluster.script = { method: ({ host }) => (host === 'a' ? new Promise(() => {}) : Promise.resolve('ok')) };
  const ids = Array.from({ length: 16 }, (_, i) => String(i));
  const calls = ids.map((id) => cluster.call(a, id, 'forever'));
  await settle();
  await cluster.host('b');
  await cluster.clock.tick(2500);
  a.cut(true);
  await cluster.clock.tick(4600);
  const deactivated = cluster.receivedCalls.filter(({ host, what }) => host === 'a' && what === 'deactivate');
  assert.equal(deactivated.length, ids.length);
  a.cut(false);
  const closing = a.actors.close();
  await cluster.clock.tick(8000);
  await closing;
  assert.deepEqual([...new Set(await Promise.all(calls))], ['ok']);
  await cluster.close();
});

test('placement: a host that cannot renew its lease stops before the lease ends, and resumes when it can', async () => {
  const cluster = new ActorTestCluster();
  const host = await cluster.host('a');
  await cluster.call(host, '1');
  host.cut(true);
  await cluster.clock.tick(3100);
  assert.equal(shareOf(host), 0);
  assert.equal(host.actors.metadata().hostReady, false);
  assert.equal(cluster.summary().at(-1), 'a deactivate counter/1');
  host.cut(false);
  await cluster.clock.tick(2000);
  assert.equal(shareOf(host), partitionCount);
  assert.equal(host.actors.metadata().hostReady, true);
  assert.equal(await cluster.call(host, '1'), 'ok');
  await cluster.close();
});

test('placement: partitions of a dead host move when its lease ends, and calls wait for that', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const b = await cluster.host('b');
  await cluster.clock.tick(3000);
  const onA = Array.from({ length: 50 }, (_, i) => String(i));
  for (const id of onA) await cluster.call(b, id);
  const id = cluster.receivedCalls.find(({ host }) => host === 'a')?.actor.id ?? assert.fail();
  a.cut(true);
  const call = cluster.call(b, id, 'after');
  await cluster.clock.tick(7000);
  assert.equal(await call, 'ok');
  assert.equal(cluster.receivedCalls.at(-1)?.host, 'b');
  assert.equal(shareOf(b), partitionCount);
  await cluster.close();
});

test('placement: a restarted process at the same address takes over at once', async () => {
  const cluster = new ActorTestCluster();
  const first = await cluster.host('a');
  first.cut(true);
  cluster.hosts.delete('a');
  const second = await cluster.host('a');
  assert.equal(shareOf(second), partitionCount);
  await cluster.close();
});

test('placement: a write under a lost fence is rejected, and its host releases the partition', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const store = { kind: 'set', key: 'n', value: Buffer.from('1') } as const;
  const turn = { operations: [store], reminders: [], events: [] };
  let rejection: unknown;
  cluster.script = {
    method: async () => {
      if (rejection !== undefined) return 'run again';
      // The process is suspended in the middle of a turn; another host takes its partitions meanwhile.
      for (const [key, row] of cluster.database.partitions)
        cluster.database.partitions.set(key, { ...row, epoch: row.epoch + 1 });
      await a.actors.commit(testCall(), actor, turn).catch((cause: unknown) => (rejection = cause));
      return 'saved';
    },
  };
  const call = cluster.call(a, '1', 'late');
  await cluster.clock.tick(2000);
  assert.equal(await call, 'run again');
  assert.ok(hasCode(rejection, 'ERR_ACTOR_OWNERSHIP_LOST'));
  assert.equal(cluster.database.state.get('shop||counter||1||n'), undefined);
  assert.deepEqual(cluster.summary(), ['a late counter/1', 'a deactivate counter/1', 'a late counter/1']);
  await cluster.close();
});

test('placement: a caller gets an error in bounded time when the store does not respond', async () => {
  const cluster = new ActorTestCluster();
  const host = cluster.sidecar('a');
  host.cut(true);
  const failed = assert.rejects(cluster.call(host, '1'), (error) => hasCode(error, 'ERR_ACTOR_NO_PLACEMENT'));
  await cluster.clock.tick(3000);
  await failed;
  await cluster.close();
});

test('placement: leaving frees everything at once', async () => {
  const cluster = new ActorTestCluster();
  const a = await cluster.host('a');
  const b = await cluster.host('b');
  await cluster.clock.tick(3000);
  const deactivated = a.actors.unregisterHost();
  await cluster.clock.tick(1100);
  await deactivated;
  assert.equal(shareOf(b), partitionCount);
  await cluster.close();
});

test('placement: a host that returns at its address gets its partitions back', () => {
  const table = (ids: readonly string[]): PlacementTable =>
    new PlacementTable({
      hosts: ids.map((id) => ({ id, appId: 'shop', address: `${id.slice(0, 1)}:1`, types: ['counter'] })),
      owned: [],
    });
  const before = table(['a1', 'b1', 'c1']);
  const after = table(['a2', 'b1', 'c1']);
  for (let partition = 0; partition < partitionCount; partition++)
    assert.equal(
      after.preferredHostOf('counter', partition)?.address,
      before.preferredHostOf('counter', partition)?.address,
    );
});

test('placement: a table read before a partition was released does not restore it', () => {
  const self = { id: 'a1', appId: 'shop', address: 'a:1', types: ['counter'] };
  const fence = { type: 'counter', partition: 3, hostId: 'a1', epoch: 7 };
  const owned = (epoch: number): PlacementTable => new PlacementTable({ hosts: [self], owned: [{ ...fence, epoch }] });
  const slots = new PlacementSlots();
  slots.markReleased([fence]);
  assert.deepEqual(changesFor(self, owned(7), slots).adopted, []);
  assert.deepEqual(changesFor(self, owned(8), slots).adopted, [{ ...fence, epoch: 8 }]);
});

for (const seed of [1, 2, 3, 4, 5]) {
  test(`placement: with random disconnections no actor runs on two hosts at once (seed ${seed})`, async () => {
    const cluster = new ActorTestCluster();
    const random = seededRandom(seed);
    const running = new Map<string, string>();
    const counts = new Map<string, number>();
    const clashes: string[] = [];
    cluster.script = {
      method: async ({ host, actor: { id } }) => {
        const already = running.get(id);
        if (already !== undefined) clashes.push(`${id} on ${already} and ${host}`);
        running.set(id, host);
        await new Promise<void>((resolve) => cluster.clock.after(20 + random.random() * 200, resolve));
        running.delete(id);
        counts.set(id, (counts.get(id) ?? 0) + 1);
        return 'ok';
      },
    };
    const hosts = [await cluster.host('a'), await cluster.host('b'), await cluster.host('c')];
    let completed = 0;
    const calls: Promise<void>[] = [];
    for (let step = 0; step < 120; step++) {
      for (const host of hosts) {
        // Disconnected for longer than a lease on average.
        if (random.random() < 0.02) host.cut(true);
        else if (random.random() < 0.03) host.cut(false);
        const id = String(Math.floor(random.random() * 6));
        calls.push(
          cluster.call(host, id).then(
            () => void (completed += 1),
            () => {},
          ),
        );
      }
      await cluster.clock.tick(150 + random.random() * 150);
    }
    for (const host of hosts) host.cut(false);
    await cluster.clock.tick(20_000);
    await Promise.all(calls);
    assert.deepEqual(clashes, []);
    assert.ok(completed > 120, `only ${completed} of 360 calls got a reply`);
    const owned = hosts.flatMap((host) => host.placement.fences()).map((fence: Fence) => fence.partition);
    assert.equal(new Set(owned).size, partitionCount, 'in the end everything is owned');
    assert.equal(owned.length, partitionCount, 'and by one host each');
    await cluster.close();
  });
}
