import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noBody } from '#core/message.ts';
import { parseActorConfig } from './actor-config.ts';
import { actorStreams } from './actor-streams.ts';
import { hasCode } from './errors.ts';
import type { ActorApp } from './ports.ts';
import { ActorTestCluster, testCall } from './actor-test-cluster.testing.ts';

/** An app that returns its name for every call, and records what it receives. */
function app(name: string, received: string[] = []): ActorApp {
  const note = (what: string): void => void received.push(`${name} ${what}`);
  return {
    method: async () => ({ status: 200, headers: [], body: Buffer.from(name) }),
    reminder: async (_call, _actor, reminder) => (note(`remind ${reminder}`), { cancel: false }),
    timer: async (_call, _actor, timer) => (note(`timer ${timer}`), { cancel: false }),
    deactivate: async (_call, { type, id }) => note(`deactivate ${type}/${id}`),
  };
}

function open() {
  const cluster = new ActorTestCluster();
  const host = cluster.sidecar('a');
  const streams = actorStreams(host.actors);
  const offer = (name: string, types: readonly string[], received?: string[]) =>
    streams.open(app(name, received), parseActorConfig({ entities: types }));
  const invoke = async (type: string): Promise<string> => {
    const request = { headers: [], body: noBody };
    const invocation = host.actors.invoke(testCall(), { type, id: '1' }, 'm', request);
    invocation.catch(() => {});
    await cluster.clock.tick(20_000);
    return Buffer.from((await invocation).body).toString();
  };
  const types = () => host.actors.metadata().activeActors.map(({ type }) => type);
  return { cluster, host, streams, offer, invoke, types };
}

test('actor stream: hosts its types from when the app is available until it ends', async () => {
  const { cluster, streams, offer, invoke, types } = open();
  const received: string[] = [];
  const stream = await offer('one', ['counter'], received);
  assert.deepEqual(types(), []);
  await streams.start();
  assert.equal(await invoke('counter'), 'one');
  await stream.close();
  assert.deepEqual(types(), []);
  assert.deepEqual(received, [], 'there is no stream to notify of a deactivation');
  await assert.rejects(invoke('counter'), (error) => hasCode(error, 'ERR_ACTOR_NO_ADDRESS'));
  await offer('two', ['counter']);
  assert.equal(await invoke('counter'), 'two');
  await cluster.close();
});

test('actor stream: several streams offer types together, and the latest one is called', async () => {
  const { cluster, streams, offer, invoke, types } = open();
  await streams.start();
  await offer('one', ['counter', 'order']);
  const two = await offer('two', ['counter', 'cart']);
  assert.deepEqual(types().toSorted(), ['cart', 'counter', 'order']);
  assert.deepEqual([await invoke('counter'), await invoke('order'), await invoke('cart')], ['two', 'one', 'two']);
  await two.close();
  assert.deepEqual(types().toSorted(), ['counter', 'order']);
  assert.equal(await invoke('counter'), 'one');
  await cluster.close();
});

test('actor stream: an unhealthy app loses its actors and gets them back, with its streams open', async () => {
  const { cluster, host, streams, offer, invoke } = open();
  const received: string[] = [];
  await streams.start();
  const stream = await offer('one', ['counter'], received);
  await invoke('counter');
  await streams.stop();
  assert.deepEqual(received, ['one deactivate counter/1']);
  assert.equal(host.actors.metadata().hostReady, false);
  await streams.start();
  assert.equal(await invoke('counter'), 'one');
  await streams.stop();
  await stream.close();
  assert.equal(host.placement.fences().length, 0);
  await cluster.close();
});

test('actor stream: a reminder without a stream waits for the next one', async () => {
  const { cluster, host, streams, offer } = open();
  const received: string[] = [];
  await streams.start();
  const one = await offer('one', ['counter'], received);
  await host.actors.setReminder(testCall(), { type: 'counter', id: '1' }, 'wake', { dueTime: '1s' });
  await one.close();
  await cluster.clock.tick(30_000);
  assert.deepEqual(received, []);
  await offer('two', ['counter'], received);
  await cluster.clock.tick(5000);
  assert.deepEqual(received, ['two remind wake']);
  await cluster.close();
});
