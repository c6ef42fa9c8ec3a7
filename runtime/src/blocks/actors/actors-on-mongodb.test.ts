import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { silentLog } from '#core/log.ts';
import { mongoStateStore } from '#components/mongodb/state-store.ts';
import { skipWithoutServer, testServer } from '#components/mongodb/test-server.ts';
import { mongoContext, mongoUrl, skipWithoutTransactions, withClient } from '#components/mongodb/testing.ts';
import { systemClock } from '#host/process/clock.ts';
import { type HostsDatabase, actorHostsConformance, expectNoIncrementIsLost } from './actor-hosts.conformance.ts';

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
    const database = mongoHosts(`mongodb://${server.address}/`);
    await expectNoIncrementIsLost(database, server, { restarts: 2, runMs: 600, leaseMs: 3000 });
  });
});
