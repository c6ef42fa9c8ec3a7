import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import { type Random, seededRandom } from '#core/random.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { silentLog } from '#core/log.ts';
import { newCalls } from '#core/new-call.ts';
import { noBody } from '#core/message.ts';
import { leasePlacement } from '#cluster/placement.ts';
import { systemClock } from '#host/process/clock.ts';
import { peerUnavailable } from '../invoke/errors.ts';
import { parseActorConfig } from './actor-config.ts';
import { actorsBlock } from './actor-runtime.ts';
import type { ActorsBlock } from './actors.ts';
import { partitionCount, type ActorApp, type ActorStore, type OwnershipStore } from './ports.ts';
import { testCall } from './actor-test-cluster.testing.ts';

const clock = systemClock();
const actor = { type: 'counter', id: '1' };

/** A real database that several hosts share. */
export interface HostsDatabase {
  /** A store as another host would open it, and the function that closes it. */
  open(dependencies: { readonly clock: Clock; readonly random: Random }): Promise<{
    readonly store: ActorStore;
    readonly close: () => Promise<void>;
  }>;
  close(): Promise<void>;
}

export interface Host {
  readonly actors: ActorsBlock;
  readonly store: ActorStore;
  /** Heartbeats no longer succeed, as if the process were suspended. */
  freeze(): void;
}

/** Real time and a real store; leases are short so that tests need not wait for the default ones. */
export async function openHosts(database: HostsDatabase) {
  const random = seededRandom(5);
  const hosts = new Map<string, Host>();
  const published: string[] = [];
  const closers: (() => Promise<void>)[] = [];

  async function host(
    name: string,
    app: (actors: () => ActorsBlock) => Partial<ActorApp>,
    leaseMs = 5000,
    config: Readonly<Record<string, unknown>> = {},
  ): Promise<Host> {
    const { store, close } = await database.open({ clock, random });
    let isFrozen = false;
    const ownership: OwnershipStore = {
      ...store.ownership,
      heartbeat: (self, ms) => (isFrozen ? Promise.reject(new Error('frozen')) : store.ownership.heartbeat(self, ms)),
    };
    const placement = leasePlacement({
      store: ownership,
      self: { id: random.uuid(), appId: 'shop', address: `${name}:1` },
      clock,
      log: silentLog,
      // A frozen host never notices that its lease ended: only the fence protects the data.
      timing: { leaseMs, heartbeatMs: leaseMs / 5, stopAfterMs: 60_000, endAfterMs: 60_000, moveLimitMs: 1500 },
    });
    const actors = actorsBlock({
      appId: 'shop',
      store,
      placement,
      peer: {
        request: async (call, address, request) => {
          const target = hosts.get(address.split(':')[0] ?? '');
          if (!target) throw peerUnavailable(address, 'unknown');
          return target.actors.handlePeerRequest(call, request);
        },
        abandon() {},
        close: async () => {},
      },
      publisher: {
        prepare: (_call, { topic, data }) => ({ id: random.uuid(), topic, data, contentType: '', metadata: {} }),
        relay: async (_call, _pubsub, { data }) => void published.push(Buffer.from(data).toString()),
      },
      recorder: silentRecorder,
      newCall: newCalls(random, 1),
      clock,
      random,
      log: silentLog,
      isPlacementRequested: true,
    });
    const idleApp: ActorApp = {
      method: async () => ({ status: 200, headers: [], body: noBody }),
      reminder: async () => ({ cancel: false }),
      timer: async () => ({ cancel: false }),
      deactivate: async () => {},
    };
    await actors.registerHost(
      { ...idleApp, ...app(() => actors) },
      parseActorConfig({ entities: ['counter'], ...config }),
    );
    closers.push(async () => {
      await actors.close();
      await close();
    });
    const created = { actors, store, freeze: () => void (isFrozen = true) };
    hosts.set(name, created);
    return created;
  }
  return {
    host,
    published,
    async [Symbol.asyncDispose]() {
      await Promise.all(closers.map((close) => close()));
      await database.close();
    },
  };
}

/** Reads the counter, increments it and saves it, without any concurrency control. */
export function countingApp(actors: () => ActorsBlock): Pick<ActorApp, 'method'> {
  return {
    async method(call, target) {
      const stored = await actors().getState(call, target, 'n');
      const n = Number(stored ? Buffer.from(stored.data).toString() : '0') + 1;
      const operation = { kind: 'set', key: 'n', value: Buffer.from(String(n)) } as const;
      const event = { pubsubName: 'p', topic: 't', data: Buffer.from(String(n)), contentType: '', metadata: {} };
      await actors().commit(call, target, { operations: [operation], reminders: [], events: [event] });
      return { status: 200, headers: [], body: Buffer.from(String(n)) };
    },
  };
}

export function add(host: Host): Promise<string> {
  return host.actors
    .invoke(testCall(), actor, 'add', { headers: [], body: noBody })
    .then(({ body }) => Buffer.from(body).toString());
}

/** Each host increments as fast as it can, until `stop`. */
export function addRepeatedly(hosts: readonly Host[]) {
  const load = { succeeded: 0, failed: 0, stop, [Symbol.asyncDispose]: stop };
  let isDone = false;
  const work = Promise.all(
    hosts.map(async (host) => {
      while (!isDone)
        await add(host).then(
          () => (load.succeeded += 1),
          () => (load.failed += 1),
        );
    }),
  );
  async function stop(): Promise<void> {
    isDone = true;
    await work;
  }
  return load;
}

interface RestartOptions {
  readonly restarts: number;
  /** From one restart to the next. */
  readonly runMs: number;
  readonly leaseMs: number;
}

/** Two hosts increment while their database is killed and restarted: acknowledged increments are applied, none twice. */
export async function expectNoIncrementIsLost(
  database: HostsDatabase,
  server: { kill(): Promise<void>; start(): Promise<void> },
  { restarts, runMs, leaseMs }: RestartOptions,
): Promise<void> {
  await using cluster = await openHosts(database);
  const first = await cluster.host('a', countingApp, leaseMs);
  await using load = addRepeatedly([first, await cluster.host('b', countingApp, leaseMs)]);
  for (let restart = 0; restart < restarts; restart++) {
    await sleep(clock, runMs);
    await server.kill();
    await sleep(clock, 200);
    await server.start();
  }
  const before = load.succeeded;
  await until('turns after the restart', () => load.succeeded > before + 20);
  await load.stop();
  const { succeeded, failed } = load;
  const applied = Number(await add(first)) - 1;
  const counts = `${succeeded} acknowledged, ${failed} unknown, ${applied} applied`;
  assert.ok(applied >= succeeded && applied <= succeeded + failed, counts);
  await until('all events', () => new Set(cluster.published).size === applied + 1);
}

export async function until(what: string, isTrue: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = clock.monotonic() + 8000; !(await isTrue()); await sleep(clock, 20))
    assert.ok(clock.monotonic() < deadline, `waited 8 s in vain for ${what}`);
}

/** Hosts with real time on a real store, and the guarantees between them. */
export function actorHostsConformance(
  name: string,
  openDatabase: () => Promise<HostsDatabase>,
  skip: string | false,
): void {
  test(`${name}: a fresh host owns all partitions at once and runs its first turn`, { skip }, async () => {
    await using cluster = await openHosts(await openDatabase());
    const begin = clock.monotonic();
    const a = await cluster.host('a', countingApp);
    assert.equal(await add(a), '1');
    assert.ok(clock.monotonic() - begin < 1500, `it took ${clock.monotonic() - begin} ms, tables and all`);
    assert.equal((await a.store.ownership.read()).owned.length, partitionCount);
  });

  test(`${name}: no increment is lost or duplicated when a frozen host keeps writing`, { skip }, async () => {
    await using cluster = await openHosts(await openDatabase());
    const a = await cluster.host('a', countingApp, 500);
    for (let n = 1; n <= 20; n++) assert.equal(await add(a), String(n));
    a.freeze();
    const b = await cluster.host('b', countingApp, 500);
    // Both hosts treat the actor as theirs, and both increment as fast as they can.
    await using load = addRepeatedly([a, b]);
    await sleep(clock, 2500);
    await load.stop();
    assert.ok(load.failed > 0, 'the frozen host never met the fence');
    const last = Number(await add(b));
    assert.equal(last, 20 + load.succeeded + 1);
    await until('every saved increment to be published', () => new Set(cluster.published).size === last);
  });

  test(`${name}: a turn ended by a move is run again on the new host, and writes nothing`, { skip }, async () => {
    await using cluster = await openHosts(await openDatabase());
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    let late: unknown;
    // An app continues a turn that its sidecar has ended; the sidecar does not wait for it.
    const slow = (actors: () => ActorsBlock): Pick<ActorApp, 'method'> => ({
      method: (call, target, method, request) =>
        new Promise((_resolve, reject) => {
          reached.resolve();
          call.signal.addEventListener('abort', () => reject(call.signal.reason as Error));
          const continued = released.promise.then(() => countingApp(actors).method(call, target, method, request));
          void continued.catch((cause: unknown) => (late = cause));
        }),
    });
    const a = await cluster.host('a', slow, 5000, { drainOngoingCallTimeout: '100ms' });
    const response = add(a);
    await reached.promise;
    const b = await cluster.host('b', countingApp);
    const closed = a.actors.close();
    assert.equal(await response, '1');
    released.resolve();
    await until('the ended turn being rejected', () => late !== undefined);
    assert.equal(await add(b), '2');
    await closed;
  });

  test(`${name}: a reminder outlives the host that set it`, { skip }, async () => {
    await using cluster = await openHosts(await openDatabase());
    const a = await cluster.host('a', () => ({}), 500);
    await a.actors.setReminder(testCall(), actor, 'wake', { dueTime: '1200ms', data: '{"n":1}' });
    a.freeze();
    const fired: string[] = [];
    await cluster.host(
      'b',
      () => ({
        reminder: async (_call, _actor, name, { data }) => {
          fired.push(`${name} ${data}`);
          return { cancel: false };
        },
      }),
      500,
    );
    await until('the reminder', () => fired.length > 0);
    await sleep(clock, 300);
    assert.deepEqual(fired, ['wake {"n":1}']);
    assert.deepEqual(await a.store.reminders.list(testCall(), actor.type), []);
  });
}
