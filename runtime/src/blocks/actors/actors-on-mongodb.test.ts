import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { sleep } from '#core/clock.ts';
import { silentLog } from '#core/log.ts';
import { mongoStateStore } from '#components/mongodb/state-store.ts';
import { skipWithoutServer, testServer } from '#components/mongodb/test-server.ts';
import { mongoContext, mongoUrl, skipWithoutTransactions, withClient } from '#components/mongodb/testing.ts';
import { systemClock } from '#host/clock.ts';
import {
  type HostsDatabase,
  actorHostsConformance,
  add,
  countingApp,
  openHosts,
  until,
} from './actor-hosts.conformance.ts';

const clock = systemClock();

/** Actors in a separate collection, on the server of `TEST_MONGODB_URL` unless another address is given. */
function mongoHosts(connectionstring = mongoUrl): HostsDatabase {
  const name = `test-${randomUUID()}`;
  const metadata = { connectionstring, collectionname: name, databasename: name, actorstatestore: 'true' };
  return {
    async open({ random }) {
      const context = { ...mongoContext(metadata), appId: 'shop', log: silentLog, clock, random };
      const state = await mongoStateStore(context);
      assert.ok(state.actorStore, 'the server has transactions');
      return { store: state.actorStore('shop'), close: () => state.close() };
    },
    close: () => withClient(connectionstring, async (client) => void (await client.db(name).dropDatabase())),
  };
}

actorHostsConformance('actors on MongoDB', async () => mongoHosts(), await skipWithoutTransactions());

describe('actors on a MongoDB that restarts', { skip: skipWithoutServer }, () => {
  test('acknowledged turns are applied exactly once', async () => {
    await using server = await testServer(['--sync-on-commit']);
    await using cluster = await openHosts(mongoHosts(`mongodb://${server.address}/`));
    const hosts = [await cluster.host('a', countingApp, 3000), await cluster.host('b', countingApp, 3000)];
    let [acknowledged, unknown, isDone] = [0, 0, false];
    const hammer = async (host: (typeof hosts)[number]): Promise<void> => {
      while (!isDone)
        await add(host).then(
          () => (acknowledged += 1),
          () => (unknown += 1),
        );
    };
    const work = Promise.all(hosts.map(hammer));
    for (let restart = 0; restart < 2; restart++) {
      await sleep(clock, 600);
      await server.kill();
      await sleep(clock, 200);
      await server.start();
    }
    const before = acknowledged;
    await until('turns after the restart', () => acknowledged > before + 20);
    isDone = true;
    await work;
    const [first] = hosts;
    assert.ok(first);
    const applied = Number(await add(first)) - 1;
    assert.ok(applied >= acknowledged, `${acknowledged} acknowledged, ${applied} applied`);
    assert.ok(
      applied <= acknowledged + unknown,
      `${acknowledged} acknowledged, ${unknown} unknown, ${applied} applied`,
    );
    await until('all events', () => new Set(cluster.published).size === applied + 1);
  });
});
