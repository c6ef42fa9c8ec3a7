import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentRecorder } from '#core/activity.ts';
import { seededChance } from '#core/chance.ts';
import { sleep } from '#core/clock.ts';
import { silentLog } from '#core/log.ts';
import { noBody } from '#core/message.ts';
import { leasePlacement } from '#cluster/placement.ts';
import { postgresStateStore } from '#components/postgres/state-store.ts';
import { testSchema } from '#components/postgres/testing.ts';
import { systemClock } from '#host/clock.ts';
import { peerUnavailable } from '../invoke/errors.ts';
import { parseActorConfig } from './actor-config.ts';
import { actorsBlock } from './actor-runtime.ts';
import type { ActorsBlock } from './actors.ts';
import { partitionCount, type ActorApp, type OwnershipStore } from './ports.ts';
import { testCall } from './testing.ts';

const serverUrl = process.env.TEST_DATABASE_URL ?? '';
const skip = serverUrl === '' ? 'TEST_DATABASE_URL is not set' : false;
const clock = systemClock();
const actor = { type: 'counter', id: '1' };

interface Host {
  readonly actors: ActorsBlock;
  /** No heartbeat comes through any more, as if the process had been stopped in its tracks. */
  freeze(): void;
}

/** Real time and a real store; leases are short so that a test need not wait for the usual ones. */
async function openCluster() {
  const schema = await testSchema(serverUrl);
  const chance = seededChance(5);
  const hosts = new Map<string, Host>();
  const published: string[] = [];
  const closers: (() => Promise<void>)[] = [];

  async function host(
    name: string,
    app: (actors: () => ActorsBlock) => Partial<ActorApp>,
    leaseMs = 5000,
  ): Promise<Host> {
    const context = { name: 's', type: 'state.postgresql', version: 'v2', appId: 'shop', namespace: '' };
    const metadata = { connectionstring: schema.url };
    const store = await postgresStateStore({ ...context, metadata, log: silentLog, clock, chance });
    const kept = store.actorStore('shop');
    let isFrozen = false;
    const ownership: OwnershipStore = {
      ...kept.ownership,
      heartbeat: (self, ms) => (isFrozen ? Promise.reject(new Error('frozen')) : kept.ownership.heartbeat(self, ms)),
    };
    const placement = leasePlacement({
      store: ownership,
      self: { id: chance.uuid(), appId: 'shop', address: `${name}:1` },
      clock,
      log: silentLog,
      // A frozen host believes in its lease for ever: only the fence stands between it and the data.
      timing: { leaseMs, heartbeatMs: leaseMs / 5, stopAfterMs: 60_000, endAfterMs: 60_000, moveLimitMs: 1500 },
    });
    const actors = actorsBlock({
      appId: 'shop',
      store: kept,
      placement,
      peer: {
        request: async (call, address, request) => {
          const target = hosts.get(address.split(':')[0] ?? '');
          if (!target) throw peerUnavailable(address, 'unknown');
          return target.actors.answerPeer(call, request);
        },
        close: async () => {},
      },
      publisher: {
        prepare: (_call, { topic, data }) => ({ id: chance.uuid(), topic, data, contentType: '', metadata: {} }),
        relay: async (_call, _pubsub, { data }) => void published.push(Buffer.from(data).toString()),
      },
      recorder: silentRecorder,
      clock,
      chance,
      log: silentLog,
      isAskedFor: true,
    });
    const quiet: ActorApp = {
      method: async () => ({ status: 200, headers: [], body: noBody }),
      reminder: async () => ({ cancel: false }),
      timer: async () => ({ cancel: false }),
      deactivate: async () => {},
    };
    await actors.host({ ...quiet, ...app(() => actors) }, parseActorConfig({ entities: ['counter'] }));
    closers.push(async () => {
      await actors.close();
      await kept.close();
      await store.close();
    });
    const made = { actors, freeze: () => void (isFrozen = true) };
    hosts.set(name, made);
    return made;
  }
  return {
    schema,
    host,
    published,
    async [Symbol.asyncDispose]() {
      await Promise.all(closers.map((close) => close()));
      await schema.drop();
    },
  };
}

/** Reads the counter, adds one and saves, as an app without any care would. */
function adding(actors: () => ActorsBlock): Pick<ActorApp, 'method'> {
  return {
    async method(call, target) {
      const found = await actors().getState(call, target, 'n');
      const n = Number(found ? Buffer.from(found.data).toString() : '0') + 1;
      const operation = { kind: 'set', key: 'n', value: Buffer.from(String(n)) } as const;
      const event = { pubsubName: 'p', topic: 't', data: Buffer.from(String(n)), contentType: '', metadata: {} };
      await actors().commit(call, target, { operations: [operation], reminders: [], events: [event] });
      return { status: 200, headers: [], body: Buffer.from(String(n)) };
    },
  };
}

function add(host: Host): Promise<string> {
  return host.actors
    .invoke(testCall(), actor, 'add', { headers: [], body: noBody })
    .then(({ body }) => Buffer.from(body).toString());
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = clock.monotonic() + 8000; !(await holds()); await sleep(clock, 20))
    assert.ok(clock.monotonic() < deadline, `waited 8 s in vain for ${what}`);
}

test('a fresh host owns everything at once and takes its first turn', { skip }, async () => {
  await using cluster = await openCluster();
  const begin = clock.monotonic();
  const a = await cluster.host('a', adding);
  assert.equal(await add(a), '1');
  assert.ok(clock.monotonic() - begin < 1500, `it took ${clock.monotonic() - begin} ms, tables and all`);
  const [row] = await cluster.schema.query(
    'select count(*)::int as n from outrigger_partitions where host_id is not null',
  );
  assert.equal(row?.n, partitionCount);
});

test('no increment is lost or made twice when a frozen host goes on writing', { skip }, async () => {
  await using cluster = await openCluster();
  const a = await cluster.host('a', adding, 500);
  for (let n = 1; n <= 20; n++) assert.equal(await add(a), String(n));
  a.freeze();
  const b = await cluster.host('b', adding, 500);
  let saved = 20;
  let refused = 0;
  // Both believe that the actor is theirs, and both add as fast as they can.
  const hammer = async (host: Host, isDone: () => boolean): Promise<void> => {
    while (!isDone()) {
      await add(host).then(
        () => (saved += 1),
        () => (refused += 1),
      );
    }
  };
  const deadline = clock.monotonic() + 2500;
  const isDone = (): boolean => clock.monotonic() > deadline;
  await Promise.all([hammer(a, isDone), hammer(b, isDone)]);
  assert.ok(refused > 0, 'the frozen host never met the fence');
  const last = Number(await add(b));
  assert.equal(last, saved + 1);
  await until('every saved increment to be published', () => new Set(cluster.published).size === last);
});

test('a reminder outlives the host that set it', { skip }, async () => {
  await using cluster = await openCluster();
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
  const left = await cluster.schema.query('select 1 from outrigger_reminders');
  assert.equal(left.length, 0);
});
