import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  ascending,
  call,
  changes,
  event,
  hostOf,
  leaseMs,
  claimPartition,
  rejectsWith,
  reminder,
  remove,
  set,
  setReminder,
  textOf,
} from './actor-samples.conformance.ts';
import { actorStateKey } from './actor-key.ts';
import { actorOwnershipLost, reminderExists } from './errors.ts';
import type { ActorStore, Fence, Reminder } from './ports.ts';

/** One database that several hosts share, and its clock. */
export interface ActorDatabaseUnderTest {
  /** A store as another host would open it. The suite closes it. */
  open(appId: string): Promise<ActorStore>;
  /** Makes `ms` pass for leases and expiries. */
  passTime(ms: number): Promise<void>;
  /**
   * Starts `write`, which writes the state row of `key`, blocks it in the database, runs `during`, and unblocks it.
   * Undefined where a write is one step that cannot be interrupted.
   */
  readonly whileBlocked?: (key: string, write: () => Promise<void>, during: () => Promise<void>) => Promise<void>;
  close(): Promise<void>;
}

const cases = {
  'commit: stored per app and actor': async ({ open, claim }) => {
    const { store, fence, actor } = await claim(await open('orders'));
    await store.commit(call, actor, fence, changes({ operations: [set('a', '1'), set('b', '2')] }));
    assert.equal(await textOf(store, actor, 'a'), '1');
    assert.equal(await textOf(store, actor, 'b'), '2');
    await store.commit(call, actor, fence, changes({ operations: [set('a', 'x'), set('a', '3'), remove('b')] }));
    assert.equal(await textOf(store, actor, 'a'), '3');
    assert.equal(await textOf(store, actor, 'b'), undefined);
    assert.equal(await textOf(store, { ...actor, id: 'another' }, 'a'), undefined);
    assert.equal(await textOf(await open('another-app'), actor, 'a'), undefined);
    await store.commit(call, actor, fence, changes({}));
  },
  'commit: actor state expires, and a write without ttl clears the expiry': async ({ open, claim, passTime }) => {
    const { store, fence, actor } = await claim(await open('orders'));
    const operations = [
      { ...set('a', '1'), ttlSeconds: 10 },
      { ...set('b', '1'), ttlSeconds: 10 },
    ];
    await store.commit(call, actor, fence, changes({ operations }));
    assert.ok((await store.get(call, actor, 'a'))?.expiresAt !== undefined);
    await store.commit(call, actor, fence, changes({ operations: [set('b', '2')] }));
    await passTime(11_000);
    assert.equal(await textOf(store, actor, 'a'), undefined);
    assert.equal(await textOf(store, actor, 'b'), '2');
  },
  'commit: a write under an old epoch changes nothing': async ({ open, claim, passTime }) => {
    const { store, fence, actor, host } = await claim(await open('orders'));
    await store.commit(call, actor, fence, changes({ operations: [set('a', '1')] }));
    await passTime(leaseMs + 1);
    const next = await claim(await open('orders'), { type: actor.type });
    assert.equal(next.fence.epoch, fence.epoch + 1);
    const stale = changes({
      operations: [set('a', 'stale'), set('new', 'stale'), remove('a')],
      reminders: [{ kind: 'set', reminder: reminder(actor, 'r'), overwrite: true }],
      events: [event('stale')],
    });
    await rejectsWith(actorOwnershipLost('', ''), store.commit(call, actor, fence, stale));
    await rejectsWith(actorOwnershipLost('', ''), store.commit(call, actor, { ...next.fence, hostId: host.id }, stale));
    assert.equal(await textOf(next.store, actor, 'a'), '1');
    assert.equal(await textOf(next.store, actor, 'new'), undefined);
    assert.equal(await next.store.reminders.get(call, actor, 'r'), undefined);
    assert.ok(!(await next.store.outbox.claim(1000, 1)).some(({ id }) => id.startsWith('stale')));
    await next.store.commit(call, actor, next.fence, changes({ operations: [set('a', '2')] }));
    assert.equal(await textOf(store, actor, 'a'), '2');
  },
  'claim: a takeover waits for a running write and then sees it': async ({ open, claim, passTime, whileBlocked }) => {
    assert.ok(whileBlocked, 'where a write is one step this case is skipped');
    const { store, fence, actor } = await claim(await open('orders'));
    const write = (value: string): Promise<void> =>
      store.commit(call, actor, fence, changes({ operations: [set('a', value)] }));
    await write('before');
    await passTime(leaseMs + 1);
    const order: string[] = [];
    let takeover: Promise<void> | undefined;
    await whileBlocked(
      actorStateKey('orders', actor, 'a'),
      () => write('in flight'),
      async () => {
        const next = await open('orders');
        takeover = claimPartition(next, { type: actor.type }).then(async () => {
          order.push(`taken over, reads ${await textOf(next, actor, 'a')}`);
        });
        await new Promise((resolve) => setTimeout(resolve, 150));
        order.push('write ends');
      },
    );
    await takeover;
    assert.deepEqual(order, ['write ends', 'taken over, reads in flight']);
  },
  'commit: turns of one batch succeed or fail independently': async ({ open, claim }) => {
    const good = await claim(await open('orders'));
    const { store, fence, actor } = good;
    const busy = { ...actor, id: 'busy' };
    const staleFence = { ...fence, epoch: fence.epoch - 1 };
    await store.commit(call, busy, fence, changes({ reminders: [setReminder(busy, 'r')] }));
    const turns = Array.from({ length: 60 }, (_, at) => {
      const target = { ...actor, id: `mixed-${at}` };
      const operations = [set('a', String(at)), set('b', String(at))];
      const events = [event(`mixed-${at}`)];
      if (at % 3 === 1) return store.commit(call, target, staleFence, changes({ operations, events }));
      if (at % 15 === 2) {
        // The reminder exists on `busy`, so this commit is rejected as a whole.
        const reminders = [setReminder(busy, 'r', { overwrite: false })];
        return store.commit(call, busy, fence, changes({ operations: [set(`a${at}`, 'x')], reminders, events }));
      }
      return store.commit(call, target, fence, changes({ operations, events, reminders: [setReminder(target, 'r')] }));
    });
    const results = await Promise.allSettled(turns);
    const events = new Set((await store.outbox.claim(1000, 1)).map(({ id }) => id));
    for (const [at, result] of results.entries()) {
      const target = { ...actor, id: `mixed-${at}` };
      const isRejected = at % 3 === 1 || at % 15 === 2;
      assert.equal(result.status, isRejected ? 'rejected' : 'fulfilled', String(at));
      assert.equal(await textOf(store, target, 'b'), isRejected ? undefined : String(at));
      assert.equal(await textOf(store, busy, `a${at}`), undefined);
      assert.equal((await store.reminders.get(call, target, 'r')) !== undefined, !isRejected);
      assert.equal(events.has(`mixed-${at}`), !isRejected);
    }
  },
  'commit: turns of one actor are applied in order': async ({ open, claim }) => {
    const { store, fence, actor } = await claim(await open('orders'));
    const turns = Array.from({ length: 20 }, (_, at) =>
      store.commit(call, actor, fence, changes({ operations: [set('a', String(at)), set(`k${at}`, '1')] })),
    );
    await Promise.all(turns);
    assert.equal(await textOf(store, actor, 'a'), '19');
    assert.equal(await textOf(store, actor, 'k0'), '1');
  },
  'commit: values that a database rejects fail only their own turn': async ({ open, claim }) => {
    const { store, fence, actor } = await claim(await open('orders'));
    const results = await Promise.allSettled(
      Array.from({ length: 9 }, (_, at) => {
        const target = { ...actor, id: `odd-${at}` };
        const key = at === 4 ? 'nul\0' : 'plain';
        return store.commit(call, target, fence, changes({ operations: [set(key, String(at))] }));
      }),
    );
    for (const [at, result] of results.entries()) if (at !== 4) assert.equal(result.status, 'fulfilled');
    assert.equal(await textOf(store, { ...actor, id: 'odd-5' }, 'plain'), '5');
  },
  'reminder: read back as it was set': async ({ open, claim }) => {
    const { store, fence, actor } = await claim(await open('orders'));
    const full: Reminder = {
      ...reminder(actor, 'full', { dueAt: 1_767_225_600_123.25, version: 'v7' }),
      data: '{"a":"ü\\u0001"}',
      period: 'R5/PT10S',
      periodMs: 10_000,
      repetitionsLeft: 5,
      expiresAt: 1_767_225_700_000.5,
      failurePolicy: { kind: 'constant', intervalMs: 1500, maxRetries: 0 },
    };
    const bare = reminder(actor, 'bare');
    await store.commit(call, actor, fence, changes({ reminders: [setReminder(full), setReminder(bare)] }));
    assert.deepEqual(await store.reminders.get(call, actor, 'full'), full);
    assert.deepEqual(await store.reminders.get(call, actor, 'bare'), bare);
    assert.equal(await store.reminders.get(call, actor, 'none'), undefined);
    const other = { ...actor, id: 'other' };
    await store.commit(call, other, fence, changes({ reminders: [setReminder(other, 'bare')] }));
    assert.equal((await store.reminders.list(call, actor.type)).length, 3);
    assert.deepEqual((await store.reminders.list(call, actor.type, actor.id)).map(({ name }) => name).sort(ascending), [
      'bare',
      'full',
    ]);
    await store.commit(call, actor, fence, changes({ reminders: [{ kind: 'delete', name: 'full' }] }));
    assert.equal(await store.reminders.get(call, actor, 'full'), undefined);
  },
  'reminder: an existing one is replaced only with overwrite': async ({ open, claim }) => {
    const { store, fence, actor } = await claim(await open('orders'));
    const first = setReminder(reminder(actor, 'r', { version: 'v1' }), undefined, { overwrite: false });
    const second = setReminder(reminder(actor, 'r', { version: 'v2' }), undefined, { overwrite: false });
    await store.commit(call, actor, fence, changes({ reminders: [first] }));
    const rejected = changes({ reminders: [second], operations: [set('a', 'x')] });
    await rejectsWith(reminderExists(''), store.commit(call, actor, fence, rejected));
    assert.equal(await textOf(store, actor, 'a'), undefined);
    assert.equal((await store.reminders.get(call, actor, 'r'))?.version, 'v1');
    await rejectsWith(
      reminderExists(''),
      store.commit(
        call,
        { ...actor, id: 'x' },
        fence,
        changes({
          reminders: [
            setReminder({ ...actor, id: 'x' }, 'r'),
            setReminder({ ...actor, id: 'x' }, 'r', { overwrite: false }),
          ],
        }),
      ),
    );
    await store.commit(call, actor, fence, changes({ reminders: [{ kind: 'delete', name: 'r' }, second] }));
    assert.equal((await store.reminders.get(call, actor, 'r'))?.version, 'v2');
  },
  'reminder: an advance applies only to the version that fired': async ({ open, claim }) => {
    const { store, fence, actor } = await claim(await open('orders'));
    const at = (version: string, dueAt: number): Reminder => reminder(actor, 'r', { version, dueAt });
    const advance = (version: string, next?: Reminder): Promise<void> =>
      store.commit(call, actor, fence, changes({ reminders: [{ kind: 'advance', name: 'r', version, next }] }));
    const now = async (): Promise<number | undefined> => (await store.reminders.get(call, actor, 'r'))?.dueAt;
    await advance('v1', at('v1', 5));
    assert.equal(await now(), undefined, 'a removed reminder is not restored');
    await store.commit(call, actor, fence, changes({ reminders: [setReminder(at('v1', 1000))] }));
    await advance('v1', at('v1', 2000));
    assert.equal(await now(), 2000);
    await store.commit(call, actor, fence, changes({ reminders: [setReminder(at('v2', 3000))] }));
    await advance('v1', at('v1', 4000));
    await advance('v1');
    assert.equal(await now(), 3000);
    // The app sets the reminder again in the turn in which it fires: the firing must not remove the new one.
    const replacement = [setReminder(at('v3', 5000)), { kind: 'advance', name: 'r', version: 'v2' } as const];
    await store.commit(call, actor, fence, changes({ reminders: replacement }));
    assert.equal(await now(), 5000);
    await advance('v3');
    assert.equal(await now(), undefined);
  },
  'due reminders: those of the given partitions, soonest first': async ({ open, claim }) => {
    const { store, fence, actor, host } = await claim(await open('orders'));
    const [other] = await store.ownership.claim(host, actor.type, [9]);
    assert.ok(other);
    const put = async (partitionFence: Fence, name: string, dueAt: number): Promise<void> =>
      store.commit(
        call,
        actor,
        partitionFence,
        changes({ reminders: [setReminder(reminder(actor, name, { dueAt }))] }),
      );
    await put(fence, 'later', 3000);
    await put(fence, 'soon', 1000);
    await put(other, 'elsewhere', 2000);
    await put(fence, 'not yet', 9000);
    const due = async (fences: readonly Fence[], before: number, limit: number): Promise<string[]> =>
      (await store.reminders.due(fences, before, limit)).map(({ name }) => name);
    assert.deepEqual(await due([fence, other], 9000, 10), ['soon', 'elsewhere', 'later']);
    assert.deepEqual(await due([fence], 9000, 10), ['soon', 'later']);
    assert.deepEqual(await due([fence, other], 9001, 2), ['soon', 'elsewhere']);
    assert.deepEqual(await due([], 9001, 2), []);
  },
  'outbox: an event is leased to one relay, and claimed again when the lease ends': async ({
    open,
    claim,
    passTime,
  }) => {
    const { store, fence, actor } = await claim(await open('relay-app'));
    const second = await open('relay-app');
    const sent = Array.from({ length: 10 }, (_, at) => event(`relay-${at}`));
    await store.commit(call, actor, fence, changes({ events: sent.slice(0, 6) }));
    await store.commit(call, actor, fence, changes({ events: sent.slice(6) }));
    const [mine, theirs] = await Promise.all([store.outbox.claim(6, 1000), second.outbox.claim(6, 1000)]);
    assert.deepEqual(
      [...mine, ...theirs].map(({ id }) => id).sort(ascending),
      sent.map(({ id }) => id).sort(ascending),
    );
    assert.deepEqual(await store.outbox.claim(100, 1000), []);
    assert.deepEqual(await (await open('another-app')).outbox.claim(100, 1000), []);
    await store.outbox.remove(mine.map(({ id }) => id));
    await passTime(1001);
    const again = await second.outbox.claim(100, 1000);
    assert.deepEqual(
      again,
      sent.filter(({ id }) => theirs.some((event) => event.id === id)),
      'oldest first, unchanged',
    );
    await second.outbox.remove(again.map(({ id }) => id));
    await passTime(1001);
    assert.deepEqual(await store.outbox.claim(100, 1000), []);
    await store.outbox.remove([]);
  },
  'ownership: a partition has one owner, until its lease ends': async ({ open, passTime }) => {
    const [first, second] = [await open('orders'), await open('orders')];
    const type = randomUUID();
    const [a, b] = [hostOf('orders', [type]), hostOf('orders', [type])];
    await first.ownership.heartbeat(a, leaseMs);
    await second.ownership.heartbeat(b, leaseMs);
    const partitions = [0, 1, 2, 3, 4, 5, 6, 7];
    const claims = await Promise.all([
      first.ownership.claim(a, type, partitions),
      second.ownership.claim(b, type, partitions),
    ]);
    assert.deepEqual(
      claims
        .flat()
        .map(({ partition }) => partition)
        .sort(ascending),
      partitions,
    );
    assert.ok(claims.flat().every(({ epoch }) => epoch === 1));
    assert.deepEqual(await first.ownership.claim(a, type, []), []);
    await passTime(leaseMs / 2);
    const table = await second.ownership.heartbeat(b, leaseMs);
    assert.equal(table.owned.filter((owned) => owned.type === type).length, partitions.length);
    assert.deepEqual(
      table.hosts.find(({ id }) => id === a.id),
      a,
    );
    await passTime(leaseMs / 2 + 1);
    const later = await second.ownership.heartbeat(b, leaseMs);
    assert.ok(!later.hosts.some(({ id }) => id === a.id));
    assert.ok(later.owned.filter((owned) => owned.type === type).every(({ hostId }) => hostId === b.id));
    const claimed = await second.ownership.claim(b, type, partitions);
    assert.deepEqual(
      claimed.map(({ partition }) => partition).sort(ascending),
      claims[0].map(({ partition }) => partition).sort(ascending),
    );
    assert.ok(claimed.every(({ epoch, hostId }) => epoch === 2 && hostId === b.id));
    assert.deepEqual(await first.ownership.claim(a, type, partitions), [], 'a host without a lease claims nothing');
  },
  'ownership: a restarted process replaces the previous one at its address': async ({ open, claim }) => {
    const before = await claim(await open('orders'));
    const store = await open('orders');
    const next = hostOf('orders', [before.actor.type], before.host.address);
    const table = await store.ownership.heartbeat(next, leaseMs);
    assert.ok(!table.hosts.some(({ id }) => id === before.host.id));
    assert.ok(table.hosts.some(({ id }) => id === next.id));
    assert.ok(!table.owned.some(({ hostId }) => hostId === before.host.id));
    const [fence] = await store.ownership.claim(next, before.actor.type, [before.fence.partition]);
    assert.equal(fence?.epoch, before.fence.epoch + 1);
    await rejectsWith(
      actorOwnershipLost('', ''),
      before.store.commit(call, before.actor, before.fence, changes({ operations: [set('a', '1')] })),
    );
  },
  'ownership: released partitions are free at once, and epochs only grow': async ({ open, claim }) => {
    const first = await claim(await open('orders'));
    const second = await open('orders');
    const host = hostOf('orders', [first.actor.type]);
    await second.ownership.heartbeat(host, leaseMs);
    const claimDue = (): Promise<readonly Fence[]> =>
      second.ownership.claim(host, first.actor.type, [first.fence.partition]);
    assert.deepEqual(await claimDue(), []);
    await first.store.ownership.release([{ ...first.fence, epoch: first.fence.epoch + 1 }]);
    assert.deepEqual(await claimDue(), [], 'another epoch is not his to release');
    await first.store.ownership.release([first.fence]);
    await first.store.ownership.release([]);
    const [claimed] = await claimDue();
    assert.equal(claimed?.epoch, first.fence.epoch + 1);
    await second.ownership.leave(host.id);
    const table = await first.store.ownership.read();
    assert.ok(!table.hosts.some(({ id }) => id === host.id));
    assert.ok(!table.owned.some(({ type }) => type === first.actor.type));
    const again = await first.store.ownership.claim(first.host, first.actor.type, [first.fence.partition]);
    assert.equal(again[0]?.epoch, first.fence.epoch + 2);
  },
} satisfies Record<string, (tools: Tools) => Promise<void>>;

export type ActorStoreCase = keyof typeof cases;

/** Runs all guarantees of an actor store. A case is skipped only with a reason; so is the whole suite, by `skip`. */
export function actorStoreConformance(
  name: string,
  openDatabase: () => Promise<ActorDatabaseUnderTest>,
  options: { skip?: string | false; skipCases?: Partial<Record<ActorStoreCase, string>> } = {},
): void {
  describe(`${name} as an actor store`, { skip: options.skip ?? false }, () => {
    let opened: ActorDatabaseUnderTest | undefined;
    before(async () => void (opened = await openDatabase()));
    after(async () => opened?.close());
    for (const [title, run] of Object.entries(cases)) {
      test(title, { skip: options.skipCases?.[title as ActorStoreCase] ?? false, timeout: 20_000 }, async () => {
        assert.ok(opened, 'the database is open');
        const database = opened;
        const stores: ActorStore[] = [];
        const open = async (appId: string): Promise<ActorStore> => {
          const store = await database.open(appId);
          stores.push(store);
          return store;
        };
        const { whileBlocked } = database;
        try {
          await run({ open, claim: claimPartition, passTime: (ms) => database.passTime(ms), whileBlocked });
        } finally {
          await Promise.all(stores.map((store) => store.close()));
        }
      });
    }
  });
}

interface Tools {
  readonly open: (appId: string) => Promise<ActorStore>;
  readonly claim: typeof claimPartition;
  readonly passTime: (ms: number) => Promise<void>;
  readonly whileBlocked: ActorDatabaseUnderTest['whileBlocked'];
}
