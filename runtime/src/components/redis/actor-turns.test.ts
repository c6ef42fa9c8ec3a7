import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  call,
  changes,
  event,
  claimPartition,
  reminder,
  remove,
  set,
  setReminder,
} from '#blocks/actors/actor-samples.conformance.ts';
import { silentLog } from '#core/log.ts';
import { redisActorDatabase } from './actor-database.conformance.ts';
import { redisStateStore } from './state-store.ts';
import { testServer, redisBinary } from './test-server.ts';
import { keysMatching, plainRedis, plainRedisAt, redisContext, skipWithoutRedis } from './testing.ts';

describe('actors on Redis', { skip: skipWithoutRedis }, () => {
  test('state: uses Dapr’s key and fields', async () => {
    const client = plainRedis();
    const database = redisActorDatabase(client);
    const { store, fence, actor } = await claimPartition(await database.open('orders'));
    const key = `orders||${actor.type}||one||total`;
    await store.commit(call, actor, fence, changes({ operations: [set('total', '{"euro":1}')] }));
    assert.deepEqual(await client.hgetall(key), { data: '{"euro":1}', version: '1' });
    await store.commit(call, actor, fence, changes({ operations: [{ ...set('total', '2'), ttlSeconds: 100 }] }));
    assert.deepEqual(await client.hgetall(key), { data: '2', version: '2' });
    assert.ok((await client.ttl(key)) > 90);
    await store.commit(call, actor, fence, changes({ operations: [remove('total')] }));
    assert.equal(await client.exists(key), 0);
    await database.close();
  });

  test('state: ttlInSeconds of the component applies', async () => {
    const client = plainRedis();
    const database = redisActorDatabase(client, { ttlinseconds: '100' });
    const { store, fence, actor } = await claimPartition(await database.open('orders'));
    await store.commit(call, actor, fence, changes({ operations: [set('a', '1')] }));
    assert.ok((await client.ttl(`orders||${actor.type}||one||a`)) > 90);
    await database.close();
  });

  test('state: a key that another program wrote as a string is replaced', async () => {
    const client = plainRedis();
    const database = redisActorDatabase(client);
    const { store, fence, actor } = await claimPartition(await database.open('orders'));
    await client.set(`orders||${actor.type}||one||a`, 'plain');
    await client.hset(`orders||${actor.type}||one||b`, 'data', '0', 'version', 'odd');
    await store.commit(call, actor, fence, changes({ operations: [set('a', '1'), set('b', '2')] }));
    assert.equal((await store.get(call, actor, 'a'))?.etag, '1');
    assert.equal(String((await store.get(call, actor, 'b'))?.data), '2');
    await database.close();
  });

  test('other keys: have one prefix, and are removed with their reminder or event', async () => {
    const client = plainRedis();
    const database = redisActorDatabase(client);
    const { store, fence, actor, host } = await claimPartition(await database.open('orders'));
    const before = new Set(await keysMatching(client, `*${actor.type}*`));
    await store.commit(
      call,
      actor,
      fence,
      changes({ reminders: [setReminder(reminder(actor, 'r'))], events: [event('e1')], operations: [set('a', '1')] }),
    );
    const written = (await keysMatching(client, `*${actor.type}*`)).filter((key) => !before.has(key));
    assert.equal(written.length, 3);
    assert.deepEqual(
      written.filter((key) => !key.startsWith(database.tag)),
      [`orders||${actor.type}||one||a`],
    );
    await store.commit(
      call,
      actor,
      fence,
      changes({ reminders: [{ kind: 'delete', name: 'r' }], operations: [remove('a')] }),
    );
    await store.outbox.remove(['e1']);
    await store.ownership.leave(host.id);
    const left = await keysMatching(client, `${database.tag}*`);
    assert.deepEqual(
      left.toSorted(),
      ['epochs', 'outbox-sequence||orders'].map((part) => `${database.tag}||${part}`),
    );
    await database.close();
  });

  test('ownership: another namespace on the same server neither sees the host nor contends for partitions', async () => {
    const [here, there] = [redisActorDatabase(plainRedis()), redisActorDatabase(plainRedis())];
    const first = await claimPartition(await here.open('orders'));
    const second = await claimPartition(await there.open('orders'), { type: first.actor.type });
    assert.equal(second.fence.epoch, 1);
    assert.equal((await second.store.ownership.read()).hosts.length, 1);
    await Promise.all([here.close(), there.close()]);
  });

  test('turn: thousands of keys commit at once', async () => {
    const database = redisActorDatabase(plainRedis());
    const { store, fence, actor } = await claimPartition(await database.open('orders'));
    const operations = Array.from({ length: 5000 }, (_, at) => set(`k${at}`, String(at)));
    const reminders = Array.from({ length: 1500 }, (_, at) => setReminder(reminder(actor, `r${at}`)));
    await store.commit(call, actor, fence, changes({ operations, reminders }));
    assert.equal(String((await store.get(call, actor, 'k4999'))?.data), '4999');
    assert.equal((await store.reminders.list(call, actor.type)).length, 1500);
    assert.equal((await store.reminders.due([fence], 2000, 5000)).length, 1500);
    await database.close();
  });
});

describe('actors on a dedicated Redis', { skip: redisBinary === '' && 'TEST_REDIS_SERVER is not set' }, () => {
  test('turn: writes nothing when the server is out of memory', async () => {
    await using server = await testServer();
    const client = plainRedisAt(server.address);
    const database = redisActorDatabase(client, { redishost: server.address });
    const { store, fence, actor } = await claimPartition(await database.open('orders'));
    await store.commit(call, actor, fence, changes({ operations: [set('a', '1'), set('b', '1')] }));
    const turn = changes({
      operations: [remove('a'), set('b', '2')],
      reminders: [setReminder(reminder(actor, 'r'))],
      events: [event('e1')],
    });
    await client.config('SET', 'maxmemory', '1');
    await assert.rejects(store.commit(call, actor, fence, turn), /OOM/);
    await client.config('SET', 'maxmemory', '0');
    assert.equal(String((await store.get(call, actor, 'a'))?.data), '1');
    assert.equal(String((await store.get(call, actor, 'b'))?.data), '1');
    assert.equal(await store.reminders.get(call, actor, 'r'), undefined);
    assert.deepEqual(await store.outbox.claim(10, 1), []);
    await database.close();
  });

  test('start: warns about data loss only when the store has actors', async () => {
    const lines: string[] = [];
    const log = { ...silentLog, warn: (_fields: unknown, message: string) => void lines.push(message) };
    const start = async (address: string, actorstatestore: string): Promise<void> => {
      const context = redisContext({ metadata: { redishost: address, actorstatestore }, log });
      await (await redisStateStore(context)).close();
    };
    await using durable = await testServer();
    await start(durable.address, 'true');
    await using forgetful = await testServer([
      '--appendonly',
      'no',
      '--maxmemory',
      '100mb',
      '--maxmemory-policy',
      'allkeys-lru',
    ]);
    await start(forgetful.address, 'false');
    assert.deepEqual(lines, []);
    await start(forgetful.address, 'true');
    assert.match(lines[0] ?? '', /may lose acknowledged changes: start Redis with --appendonly yes/);
    assert.match(lines[1] ?? '', /set maxmemory-policy to noeviction/);
  });
});
