import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isActorCapable } from '#blocks/actors/actor-capable.ts';
import type { SetOperation } from '#blocks/state/state-store.ts';
import type { ComponentContext } from '#core/component.ts';
import { type Log, silentLog } from '#core/log.ts';
import { writeThroughOutage } from '../outage.testing.ts';
import { mongoStateStore } from './state-store.ts';
import { skipWithoutServer, testServer } from './test-server.ts';
import { call, mongoContext, mongoUrl, skipWithoutMongo } from './testing.ts';

const at = (address: string, more: Readonly<Record<string, string>> = {}, log?: Log) =>
  mongoContext({ connectionstring: `mongodb://${address}/`, ...more }, log);
const set = (key: string, value: string): SetOperation => ({ kind: 'set', key, value: Buffer.from(value) });

/** Closed also when the test fails: a client watches its servers until then. */
async function opened(context: ComponentContext) {
  const store = await mongoStateStore(context);
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}

describe('mongodb recovery', { skip: skipWithoutServer, timeout: 60_000 }, () => {
  test('a read waits for a short outage to end, and a write is stored or in doubt', async () => {
    await using server = await testServer(['--sync-on-commit']);
    await using store = await opened(at(server.address, { operationtimeout: '15s' }));
    const failures = await writeThroughOutage(store, server, call);
    for (const failure of failures) assert.match(failure, /whether the write was stored is not known/);
  });

  test('an unreachable server is an error with its address, and is used again after a reconnect', async () => {
    await using server = await testServer();
    const lines: string[] = [];
    const log: Log = {
      ...silentLog,
      warn: (_, line) => void lines.push(line),
      info: (_, line) => void lines.push(line),
    };
    await using store = await opened(at(server.address, { operationtimeout: '1s' }, log));
    await store.set(call, set('a', '1'));
    await server.kill();
    for (const work of [() => store.get(call, 'a'), () => store.set(call, set('a', '2'))]) {
      const begun = performance.now();
      await assert.rejects(work, new RegExp(`MongoDB at ${server.address}`));
      assert.ok(performance.now() - begun < 2500, 'the wait has an end');
    }
    await server.start();
    assert.equal(String(Buffer.from((await store.get(call, 'a'))?.data ?? [])), '1');
    await store.set(call, set('a', '3'));
    assert.deepEqual(
      lines.filter((line) => /connection/.test(line)),
      ['MongoDB connection lost', 'MongoDB connection restored'],
    );
  });

  test('an unresponsive server is an error after operationTimeout', async () => {
    await using server = await testServer();
    await using store = await opened(at(server.address, { operationtimeout: '1s' }));
    await store.set(call, set('a', '1'));
    server.pause();
    const begun = performance.now();
    // the process may respond once more before all of its threads are stopped
    const reads = async () => {
      while (performance.now() - begun < 4000) await store.get(call, 'a');
    };
    await assert.rejects(reads, /MongoDB at .* cannot be reached/);
    await assert.rejects(store.set(call, set('a', '2')), /MongoDB at/);
    await assert.rejects(store.transact(call, [set('a', '2')]), /MongoDB at/);
    assert.ok(performance.now() - begun < 6000, 'each wait has an end');
    server.resume();
    await store.set(call, set('b', '3'));
    assert.equal(String(Buffer.from((await store.get(call, 'b'))?.data ?? [])), '3');
  });

  test('a single server has no transactions, which is logged at the start', async () => {
    await using server = await testServer(['--standalone']);
    const lines: string[] = [];
    const log: Log = { ...silentLog, info: (_, line) => void lines.push(line) };
    await using store = await opened(at(server.address, { actorstatestore: 'true' }, log));
    assert.equal(isActorCapable(store), false);
    assert.deepEqual(lines, ['MongoDB is no replica set: transactions are not available, and no actors are stored']);
    const work = store.transact(call, [set('a', '1')]);
    await assert.rejects(work, /using transactions with MongoDB requires connecting to a replica set/);
    assert.equal(await store.get(call, 'a'), undefined);
  });
});

test('mongodb: a wrong login is rejected at once', { skip: skipWithoutMongo }, async () => {
  const begun = performance.now();
  const connectionstring = mongoUrl.replace('mongodb://', 'mongodb://nobody:secret-word@');
  await assert.rejects(mongoStateStore(mongoContext({ connectionstring })), (error: Error) => {
    assert.match(error.message, /[Aa]uthentication/);
    return !error.message.includes('secret-word');
  });
  assert.ok(performance.now() - begun < 3000);
});

test('mongodb: the error of an unreachable server has its address and the reason', async () => {
  const nowhere = at('someone:secret-word@127.0.0.1:1', { operationtimeout: '500ms' });
  await assert.rejects(mongoStateStore(nowhere), (error: Error) => {
    assert.match(error.message, /MongoDB at 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
    return !error.message.includes('secret-word');
  });
});

test('mongodb: the error of an unknown option does not contain the password', async () => {
  const odd = mongoContext({ connectionstring: 'mongodb://u:secret-word@h/?colour=red' });
  await assert.rejects(mongoStateStore(odd), (error: Error) => {
    assert.match(error.message, /colour/);
    return !error.message.includes('secret-word');
  });
});
