import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingTransport } from '@outrigger/sdk/testing';
import type { Database } from './database.ts';
import { openOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';
import { outboxMigrations } from './outbox-rows.ts';
import { systemClock } from './service-context.ts';
import { needsPostgres, testDatabase, testContext } from './testing.ts';

const event = (id: string) => ({ pubsub: 'pubsub', topic: 'stock', type: 'stock.reserved', data: { id }, id });

const write = (database: Database, outbox: Outbox, id: string, subject?: string): Promise<void> =>
  database.transaction((tx) => outbox.add(tx, event(id), subject));

const waiting = async (database: Database): Promise<number> => (await database.query('select 1 from outbox')).length;

async function until(isTrue: () => boolean, description: string): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.fail(`${description} did not happen within 10 s`);
}

test(
  'outbox: an event is published after its transaction, with its id and trace, and leaves the outbox',
  needsPostgres,
  async () => {
    await using database = await testDatabase(outboxMigrations);
    const transport = recordingTransport();
    const context = testContext({ transport });
    const outbox = openOutbox(context, database);
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await context.client.context.run({ traceparent }, () => write(database, outbox, 'e1'));
    await until(() => transport.published.length === 1, 'publishing without a flush');
    await outbox.flush();
    assert.deepEqual(transport.published, [{ topic: 'stock', type: 'stock.reserved', id: 'e1', data: { id: 'e1' } }]);
    assert.equal(transport.requests[0]?.headers['traceparent'], traceparent);
    assert.equal(await waiting(database), 0);
    await outbox.close();
  },
);

test('outbox: a rolled back event is never published', needsPostgres, async () => {
  await using database = await testDatabase(outboxMigrations);
  const transport = recordingTransport();
  const outbox = openOutbox(testContext({ transport }), database);
  const failing = database.transaction(async (tx) => {
    await outbox.add(tx, event('e1'));
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  await outbox.flush();
  assert.deepEqual(transport.published, []);
  await outbox.close();
});

test(
  'outbox: while the sidecar is unavailable events wait, with their order and ids unchanged',
  needsPostgres,
  async () => {
    await using database = await testDatabase(outboxMigrations);
    let isUnavailable = true;
    const transport = recordingTransport(() => {
      if (isUnavailable) throw new Error('connect ECONNREFUSED');
      return undefined;
    });
    const outbox = openOutbox(testContext({ transport }), database);
    for (const id of ['e1', 'e2', 'e3']) await write(database, outbox, id, 'order-1');
    await assert.rejects(outbox.flush(), { status: 503 });
    assert.equal(await waiting(database), 3);
    isUnavailable = false;
    await outbox.flush();
    assert.deepEqual(
      transport.published.map(({ id }) => id),
      ['e1', 'e2', 'e3'],
    );
    await outbox.close();
  },
);

test('outbox: a subject that cannot be published does not delay the others', needsPostgres, async () => {
  await using database = await testDatabase(outboxMigrations);
  const transport = recordingTransport(({ path }) => (path.includes('=bad') ? { status: 500 } : undefined));
  const outbox = openOutbox(testContext({ transport }), database);
  await write(database, outbox, 'bad-1', 'a');
  await write(database, outbox, 'a-2', 'a');
  await write(database, outbox, 'b-1', 'b');
  await until(() => transport.published.length === 1, 'publishing the other subject');
  assert.deepEqual(
    transport.published.map(({ id }) => id),
    ['b-1'],
  );
  await outbox.close();
  assert.equal(await waiting(database), 2);
});

test('outbox: a new process publishes the events of an earlier one', needsPostgres, async () => {
  await using database = await testDatabase(outboxMigrations);
  const dead = openOutbox(testContext({ transport: recordingTransport(() => ({ status: 500 })) }), database);
  await write(database, dead, 'left');
  await dead.close();
  const transport = recordingTransport();
  const outbox = openOutbox(testContext({ transport }), database);
  await until(() => transport.published.length === 1, 'publishing the events of the earlier process');
  await outbox.close();
});

test('outbox: two relays publish each event once', needsPostgres, async () => {
  await using database = await testDatabase(outboxMigrations);
  const transport = recordingTransport();
  const one = openOutbox(testContext({ transport }), database);
  const two = openOutbox(testContext({ transport }), database);
  await Promise.all(Array.from({ length: 40 }, (_, n) => write(database, n % 2 ? one : two, `e${n}`)));
  await one.flush();
  await two.flush();
  await until(() => transport.published.length >= 40, 'publishing all');
  assert.equal(new Set(transport.published.map(({ id }) => id)).size, 40);
  assert.equal(transport.published.length, 40);
  await one.close();
  await two.close();
});

test('outbox: relays that claim at the same time preserve the order of each subject', needsPostgres, async () => {
  await using database = await testDatabase(outboxMigrations);
  const transport = recordingTransport();
  const relays = [1, 2, 3].map(() => openOutbox(testContext({ transport }), database));
  const [first = assert.fail()] = relays;
  for (let n = 100; n < 160; n++) {
    await write(database, first, `e${n}`, `subject-${n % 6}`);
    if (n % 10 === 0) await Promise.all(relays.map((relay) => relay.flush()));
  }
  await first.flush();
  await until(() => transport.published.length === 60, 'publishing all');
  const bySubject = Map.groupBy(
    transport.published.map(({ id }) => id),
    (id) => Number(id.slice(1)) % 6,
  );
  assert.equal(bySubject.size, 6);
  for (const ids of bySubject.values()) assert.deepEqual(ids, ids.toSorted());
  for (const relay of relays) await relay.close();
});

test('outbox: 300 subjects that cannot be published do not delay the next one', needsPostgres, async () => {
  await using database = await testDatabase(outboxMigrations);
  const transport = recordingTransport(({ path }) => (path.includes('=bad') ? { status: 500 } : undefined));
  const outbox = openOutbox(testContext({ transport }), database);
  await database.transaction(async (tx) => {
    for (let n = 0; n < 300; n++) await outbox.add(tx, event(`bad-${n}`), `subject-${n}`);
    await outbox.add(tx, event('good'), 'last');
  });
  await until(() => transport.published.length === 1, 'publishing the healthy subject');
  await outbox.close();
  assert.equal(await waiting(database), 300);
});

test('outbox: no transaction is open while events are published', needsPostgres, async () => {
  await using database = await testDatabase(outboxMigrations);
  let isPublishing = false;
  let release = (): void => {};
  const isReleased = new Promise<void>((resolve) => (release = resolve));
  const transport = recordingTransport();
  const slow: typeof transport = {
    ...transport,
    async send(request) {
      isPublishing = true;
      await isReleased;
      return transport.send(request);
    },
  };
  const outbox = openOutbox(testContext({ transport: slow }), database);
  await write(database, outbox, 'e1');
  await until(() => isPublishing, 'publishing');
  const open = await database.query(
    `select 1 from pg_stat_activity where application_name = '' and state like 'idle in transaction%' and query like '%outbox%'`,
  );
  release();
  assert.deepEqual(open, []);
  await outbox.flush();
  await outbox.close();
  assert.equal(transport.published.length, 1);
});

test(
  'outbox: an event with a permanent error is parked, and the next of its subject is published',
  needsPostgres,
  async () => {
    await using database = await testDatabase(outboxMigrations);
    const problem = { status: 400, title: 'Bad request', detail: 'no' };
    const headers = { 'content-type': 'application/problem+json' };
    const transport = recordingTransport(({ path }) =>
      path.includes('=bad') ? { status: 400, json: problem, headers } : undefined,
    );
    const outbox = openOutbox(testContext({ transport }), database);
    await write(database, outbox, 'bad', 'a');
    await write(database, outbox, 'good', 'a');
    await outbox.flush();
    assert.deepEqual(
      transport.published.map(({ id }) => id),
      ['good'],
    );
    assert.equal((await database.query('select 1 from outbox where parked_at is not null')).length, 1);
    await outbox.close();
  },
);

test('outbox: a row that another session holds delays its own subject only', needsPostgres, async () => {
  await using database = await testDatabase(outboxMigrations);
  const transport = recordingTransport(() => ({ status: 500 }));
  const blocked = openOutbox(testContext({ transport }), database);
  for (const id of ['a-1', 'a-2', 'a-3']) await write(database, blocked, id, 'a');
  await blocked.close();
  await database.execute('update outbox set leased_until = null, retry_at = null');
  const published = recordingTransport();
  await database.transaction(async (tx) => {
    await tx.query("select 1 from outbox where event_id = 'a-2' for update");
    const outbox = openOutbox(testContext({ transport: published }), database);
    await write(database, outbox, 'b-1', 'b');
    await until(() => published.published.length >= 2, 'publishing what is not held');
    await outbox.close();
  });
  assert.deepEqual(published.published.map(({ id }) => id).toSorted(), ['a-1', 'b-1']);
  const rest = openOutbox(testContext({ transport: published }), database);
  await rest.flush();
  await rest.close();
  assert.deepEqual(
    published.published.slice(2).map(({ id }) => id),
    ['a-2', 'a-3'],
  );
});

test("outbox: events are published also after the database's clock was set back", needsPostgres, async () => {
  await using database = await testDatabase(outboxMigrations);
  const dead = openOutbox(testContext({ transport: recordingTransport(() => ({ status: 500 })) }), database);
  await write(database, dead, 'leased', 'a');
  await write(database, dead, 'delayed', 'b');
  await dead.close();
  await database.execute("update outbox set leased_until = now() + interval '1 hour' where event_id = 'leased'");
  await database.execute("update outbox set retry_at = now() + interval '1 hour' where event_id = 'delayed'");
  const transport = recordingTransport();
  const outbox = openOutbox(testContext({ transport }), database);
  await until(() => transport.published.length === 2, 'publishing both');
  await outbox.close();
});

test('outbox: a relay that closes leaves what it has not claimed to the next process', needsPostgres, async () => {
  await using database = await testDatabase(outboxMigrations);
  const transport = recordingTransport();
  const idle = openOutbox(testContext({ transport }), database);
  await idle.close();
  await database.transaction(async (tx) => {
    for (let n = 0; n < 600; n++) await idle.add(tx, event(`e${n}`), 'one');
  });
  const outbox = openOutbox(testContext({ transport }), database);
  await until(() => transport.published.length > 0, 'publishing the first');
  await outbox.close();
  assert.equal(transport.published.length, 200);
  assert.equal(await waiting(database), 400);
});

test(
  'outbox: a batch ends before its leases, also when the clock of the process is set back',
  needsPostgres,
  async () => {
    await using database = await testDatabase(outboxMigrations);
    // Each step is 50 times as fast, and the time of day goes backwards.
    let now = 0;
    const clock = {
      now: () => (now -= 1_000),
      after: (delayMs: number, task: () => void) => systemClock.after(delayMs / 50, task),
    };
    const transport = recordingTransport();
    const slow: typeof transport = {
      ...transport,
      async send(request) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return transport.send(request);
      },
    };
    const outbox = openOutbox(testContext({ transport: slow, clock }), database);
    await database.transaction(async (tx) => {
      for (let n = 0; n < 30; n++) await outbox.add(tx, event(`e${n}`), 'one');
    });
    await until(() => transport.published.length > 0, 'publishing the first');
    await outbox.close();
    assert.ok(transport.published.length < 20, `${transport.published.length} in one batch`);
  },
);
