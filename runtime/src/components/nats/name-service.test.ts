import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { NameAnnouncer, NameResolver } from '#blocks/invoke/peers.ts';
import type { Call } from '#core/call.ts';
import { natsNames } from './name-service.ts';
import { contextFor } from './testing.ts';
import { testServer } from './test-server.ts';

const url = process.env['TEST_NATS_URL'] ?? '';
const binary = process.env['TEST_NATS_SERVER'] ?? '';
const skip = url === '' ? 'TEST_NATS_URL is not set' : false;
const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };

type Names = NameResolver & NameAnnouncer;

/** Sidecars in a separate namespace. */
function sidecars(server = url) {
  const namespace = `names-${randomUUID()}`;
  const open: Names[] = [];
  return {
    namespace,
    async names(): Promise<Names> {
      const names = await natsNames({ ...contextFor({ natsurl: server }), namespace });
      open.push(names);
      return names;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(open.map((names) => names.close()));
    },
  };
}

async function until(check: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 200; round++) {
    if (await check()) return;
    await wait(10);
  }
  assert.fail('the condition did not hold within two seconds');
}

test('nats names: a sidecar is resolved while it is announced', { skip }, async () => {
  await using here = sidecars();
  const [cart, order] = [await here.names(), await here.names()];
  assert.equal(await order.resolve(call, 'cart.v1 *', ''), undefined);
  await cart.announce({ appId: 'cart.v1 *', namespace: '', address: '10.0.0.1:1' });
  await until(async () => (await order.resolve(call, 'cart.v1 *', '')) === '10.0.0.1:1');
  assert.equal(await order.resolve(call, 'cart.v1 *', here.namespace), '10.0.0.1:1');
  assert.equal(await order.resolve(call, 'cart.v1 *', 'other'), undefined);
  assert.equal(await order.resolve(call, 'cart', ''), undefined);
  await cart.withdraw();
  await until(async () => (await order.resolve(call, 'cart.v1 *', '')) === undefined);
});

test('nats names: replicas are used in turn, also ones that join later', { skip }, async () => {
  await using here = sidecars();
  const resolver = await here.names();
  const announce = async (address: string): Promise<void> =>
    await (await here.names()).announce({ appId: 'cart', namespace: '', address });
  await announce('h:1');
  await announce('h:2');
  const addresses = new Set<string | undefined>();
  await until(async () => addresses.add(await resolver.resolve(call, 'cart', '')).size === 2);
  await announce('h:3');
  await until(async () => addresses.add(await resolver.resolve(call, 'cart', '')).size === 3);
  assert.deepEqual(addresses, new Set(['h:1', 'h:2', 'h:3']));
});

test('nats names: a crashed sidecar is not resolved after a failed call', { skip }, async () => {
  await using here = sidecars();
  const resolver = await here.names();
  const dying = await here.names();
  await dying.announce({ appId: 'cart', namespace: '', address: 'h:1' });
  await (await here.names()).announce({ appId: 'cart', namespace: '', address: 'h:2' });
  await until(async () => (await resolver.resolve(call, 'cart', '')) === 'h:1');
  await dying.close();
  resolver.forget('cart', '', 'h:1');
  for (let round = 0; round < 4; round++) assert.equal(await resolver.resolve(call, 'cart', ''), 'h:2');
});

test('nats names: a failed address is used when it is the only one', { skip }, async () => {
  await using here = sidecars();
  const resolver = await here.names();
  await (await here.names()).announce({ appId: 'cart', namespace: '', address: 'h:1' });
  await until(async () => (await resolver.resolve(call, 'cart', '')) === 'h:1');
  resolver.forget('cart', '', 'h:1');
  assert.equal(await resolver.resolve(call, 'cart', ''), 'h:1');
});

test(
  'nats names: cached addresses are used while NATS is disconnected, unknown apps are errors',
  {
    skip: binary === '' ? 'TEST_NATS_SERVER is not set' : false,
    timeout: 60_000,
  },
  async () => {
    await using server = await testServer(binary);
    await using here = sidecars(server.url);
    const [cart, resolver] = [await here.names(), await here.names()];
    await cart.announce({ appId: 'cart', namespace: '', address: 'h:1' });
    await until(async () => (await resolver.resolve(call, 'cart', '')) === 'h:1');
    await server.kill();
    await until(async () =>
      (await resolver.resolve(call, 'stranger', '').then(String, String)).includes('cannot be resolved'),
    );
    assert.equal(await resolver.resolve(call, 'cart', ''), 'h:1');
    await server.start();
    resolver.forget('cart', '', 'h:1');
    await until(async () => (await resolver.resolve(call, 'cart', '').then(String, String)) === 'h:1');
  },
);

test('nats names: the error of an unreachable server names its address', { timeout: 20_000 }, async () => {
  await assert.rejects(natsNames(contextFor({ natsurl: 'nats://127.0.0.1:1' })), /no NATS connection to nats:\/\/127/);
});
