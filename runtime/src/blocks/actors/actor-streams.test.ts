import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noBody } from '#core/message.ts';
import { parseActorConfig } from './actor-config.ts';
import { actorStreams } from './actor-streams.ts';
import { hasCode } from './errors.ts';
import type { ActorApp } from './ports.ts';
import { ActorWorld, testCall } from './testing.ts';

/** An app that answers everything with its name, and writes down what it was told. */
function app(name: string, told: string[] = []): ActorApp {
  const note = (what: string): void => void told.push(`${name} ${what}`);
  return {
    method: async () => ({ status: 200, headers: [], body: Buffer.from(name) }),
    reminder: async (_call, _actor, reminder) => (note(`remind ${reminder}`), { cancel: false }),
    timer: async (_call, _actor, timer) => (note(`timer ${timer}`), { cancel: false }),
    deactivate: async (_call, { type, id }) => note(`deactivate ${type}/${id}`),
  };
}

function open() {
  const world = new ActorWorld();
  const host = world.sidecar('a');
  const streams = actorStreams(host.actors);
  const offer = (name: string, types: readonly string[], told?: string[]) =>
    streams.open(app(name, told), parseActorConfig({ entities: types }));
  const ask = async (type: string): Promise<string> => {
    const request = { headers: [], body: noBody };
    const asked = host.actors.invoke(testCall(), { type, id: '1' }, 'm', request);
    asked.catch(() => {});
    await world.clock.tick(20_000);
    return Buffer.from((await asked).body).toString();
  };
  const types = () => host.actors.metadata().activeActors.map(({ type }) => type);
  return { world, host, streams, offer, ask, types };
}

test('a stream hosts what it offers from when the app is there until it ends', async () => {
  const { world, streams, offer, ask, types } = open();
  const told: string[] = [];
  const stream = await offer('one', ['counter'], told);
  assert.deepEqual(types(), []);
  await streams.start();
  assert.equal(await ask('counter'), 'one');
  await stream.close();
  assert.deepEqual(types(), []);
  assert.deepEqual(told, [], 'nobody is left to be told of a deactivation');
  await assert.rejects(ask('counter'), (error) => hasCode(error, 'ERR_ACTOR_NO_ADDRESS'));
  await offer('two', ['counter']);
  assert.equal(await ask('counter'), 'two');
  await world.close();
});

test('streams offer types beside each other, and the latest one is asked', async () => {
  const { world, streams, offer, ask, types } = open();
  await streams.start();
  await offer('one', ['counter', 'order']);
  const two = await offer('two', ['counter', 'cart']);
  assert.deepEqual(types().toSorted(), ['cart', 'counter', 'order']);
  assert.deepEqual([await ask('counter'), await ask('order'), await ask('cart')], ['two', 'one', 'two']);
  await two.close();
  assert.deepEqual(types().toSorted(), ['counter', 'order']);
  assert.equal(await ask('counter'), 'one');
  await world.close();
});

test('an app that falls ill loses its actors and gets them back, its streams staying open', async () => {
  const { world, host, streams, offer, ask } = open();
  const told: string[] = [];
  await streams.start();
  const stream = await offer('one', ['counter'], told);
  await ask('counter');
  await streams.stop();
  assert.deepEqual(told, ['one deactivate counter/1']);
  assert.equal(host.actors.metadata().hostReady, false);
  await streams.start();
  assert.equal(await ask('counter'), 'one');
  await streams.stop();
  await stream.close();
  assert.equal(host.placement.fences().length, 0);
  await world.close();
});

test('a reminder whose stream is gone waits for the next one', async () => {
  const { world, host, streams, offer } = open();
  const told: string[] = [];
  await streams.start();
  const one = await offer('one', ['counter'], told);
  await host.actors.setReminder(testCall(), { type: 'counter', id: '1' }, 'wake', { dueTime: '1s' });
  await one.close();
  await world.clock.tick(30_000);
  assert.deepEqual(told, []);
  await offer('two', ['counter'], told);
  await world.clock.tick(5000);
  assert.deepEqual(told, ['two remind wake']);
  await world.close();
});
