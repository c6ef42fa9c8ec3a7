import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { type FakeClock, fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import type { NameAnnouncer, NameResolver } from '#blocks/invoke/peers.ts';
import { nameformatNames } from './nameformat-names.ts';
import { registryNames } from './registry-names.ts';
import { writeEntry } from './registry-folder.ts';

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };

class Machine implements AsyncDisposable {
  readonly folder: string;
  /** Far from the real time, so that no folder seems to have changed just now. */
  readonly clock: FakeClock = fakeClock(Date.UTC(2100, 0, 1));
  #serial = 1;

  constructor(folder: string) {
    this.folder = folder;
  }

  names(folder = this.folder): NameResolver & NameAnnouncer {
    const { clock } = this;
    const random = seededRandom(this.#serial++);
    return registryNames({ folder, namespace: 'default', pid: process.pid, clock, random, log: silentLog });
  }

  /** Resolves after the cache has expired, so that the folder is read again. */
  async resolve(names: NameResolver, appId: string, namespace = ''): Promise<string | undefined> {
    await this.clock.tick(100);
    return await names.resolve(call, appId, namespace);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function machine(): Promise<Machine> {
  return new Machine(await mkdtemp(join(tmpdir(), 'names-')));
}

test('registry names: a sidecar is found while it is announced, and not afterwards', async () => {
  await using here = await machine();
  const [cart, order] = [here.names(), here.names()];
  assert.equal(await here.resolve(order, 'cart'), undefined);
  await cart.announce({ appId: 'cart', namespace: '', address: '127.0.0.1:1' });
  assert.equal(await here.resolve(order, 'cart'), '127.0.0.1:1');
  assert.equal(await here.resolve(order, 'cart', 'default'), '127.0.0.1:1');
  assert.equal(await here.resolve(order, 'cart', 'other'), undefined);
  await cart.close();
  assert.equal(await here.resolve(order, 'cart'), undefined);
  assert.deepEqual(await readdir(here.folder), []);
});

test('registry names: a missing folder contains no names', async () => {
  await using here = await machine();
  assert.equal(await here.resolve(here.names(join(here.folder, 'absent')), 'cart'), undefined);
});

test('registry names: replicas are used round robin', async () => {
  await using here = await machine();
  const resolver = here.names();
  for (const port of [1, 2, 3]) await here.names().announce({ appId: 'cart', namespace: '', address: `h:${port}` });
  const addresses = [];
  for (let i = 0; i < 6; i++) addresses.push(await here.resolve(resolver, 'cart'));
  assert.deepEqual(new Set(addresses.slice(0, 3)), new Set(['h:1', 'h:2', 'h:3']));
  assert.deepEqual(addresses.slice(3), addresses.slice(0, 3));
});

test('registry names: separate folders are isolated', async () => {
  await using here = await machine();
  await here.names(join(here.folder, 'a')).announce({ appId: 'cart', namespace: '', address: 'h:1' });
  assert.equal(await here.resolve(here.names(join(here.folder, 'b')), 'cart'), undefined);
});

test('registry names: a sidecar restarted on another port is found there', async () => {
  await using here = await machine();
  const [resolver, cart] = [here.names(), here.names()];
  await cart.announce({ appId: 'cart', namespace: '', address: 'h:1' });
  assert.equal(await here.resolve(resolver, 'cart'), 'h:1');
  await cart.announce({ appId: 'cart', namespace: '', address: 'h:2' });
  assert.equal(await here.resolve(resolver, 'cart'), 'h:2');
});

test('registry names: the file of a dead process is ignored and removed', async () => {
  await using here = await machine();
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  const dead = { appId: 'cart', namespace: 'default', address: 'h:1', pid: child.pid ?? 0, instance: 'x' };
  await writeEntry(here.folder, dead);
  assert.equal(await here.resolve(here.names(), 'cart'), undefined);
  assert.deepEqual(await readdir(here.folder), []);
});

test('registry names: after a failed call an unchanged folder is read again', async () => {
  await using here = await machine();
  const resolver = here.names();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await writeEntry(here.folder, {
    appId: 'cart',
    namespace: 'default',
    address: 'h:1',
    pid: child.pid ?? 0,
    instance: 'x',
  });
  assert.equal(await here.resolve(resolver, 'cart'), 'h:1');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(await here.resolve(resolver, 'cart'), 'h:1');
  resolver.forget('cart', '', 'h:1');
  assert.equal(await resolver.resolve(call, 'cart', ''), undefined);
});

test('registry names: a failed address is avoided for a while when there is another', async () => {
  await using here = await machine();
  const resolver = here.names();
  for (const port of [1, 2]) await here.names().announce({ appId: 'cart', namespace: '', address: `h:${port}` });
  resolver.forget('cart', '', 'h:1');
  for (let i = 0; i < 4; i++) assert.equal(await here.resolve(resolver, 'cart'), 'h:2');
  await here.clock.tick(2_000);
  const addresses = new Set([await here.resolve(resolver, 'cart'), await here.resolve(resolver, 'cart')]);
  assert.deepEqual(addresses, new Set(['h:1', 'h:2']));
});

test('registry names: an announcement replaces earlier ones of the same address', async () => {
  await using here = await machine();
  await here.names().announce({ appId: 'cart', namespace: '', address: 'h:1' });
  await here.names().announce({ appId: 'order', namespace: '', address: 'h:1' });
  assert.equal(await here.resolve(here.names(), 'cart'), undefined);
  assert.equal(await here.resolve(here.names(), 'order'), 'h:1');
});

test('registry names: files that are not entries are ignored', async () => {
  await using here = await machine();
  await writeFile(join(here.folder, 'x.sidecar.json'), '{"appId": 1');
  await writeFile(join(here.folder, 'notes.txt'), 'hello');
  await here.names().announce({ appId: '../cart/ä', namespace: '', address: 'h:1' });
  assert.equal(await here.resolve(here.names(), '../cart/ä'), 'h:1');
});

test('name format: builds addresses, with its own port or the default one', async () => {
  const plain = nameformatNames({ format: '{appid}-sidecar', defaultPort: 50_002 });
  assert.equal(await plain.resolve(call, 'cart', ''), 'cart-sidecar:50002');
  const withPort = nameformatNames({ format: '{appid}.internal:7000', defaultPort: 50_002 });
  assert.equal(await withPort.resolve(call, 'cart', ''), 'cart.internal:7000');
  assert.throws(() => nameformatNames({ format: 'fixed', defaultPort: 1 }), /does not contain \{appid\}/);
});

test('registry names: sidecars without a namespace find each other', async () => {
  await using here = await machine();
  const { folder, clock } = here;
  const bare = (seed: number): NameResolver & NameAnnouncer =>
    registryNames({ folder, namespace: '', pid: process.pid, clock, random: seededRandom(seed), log: silentLog });
  const cart = bare(1);
  await cart.announce({ appId: 'cart', namespace: '', address: 'h:1' });
  assert.equal(await here.resolve(bare(2), 'cart'), 'h:1');
  await cart.close();
});

test('registry names: a caller without a namespace prefers its own, and finds apps of another', async () => {
  await using here = await machine();
  const far = here.names();
  await far.announce({ appId: 'cart', namespace: 'far', address: 'h:1' });
  const names = here.names();
  assert.equal(await here.resolve(names, 'cart'), 'h:1');
  assert.equal(await here.resolve(names, 'cart', 'far'), 'h:1');
  assert.equal(await here.resolve(names, 'cart', 'elsewhere'), undefined);
  const near = here.names();
  await near.announce({ appId: 'cart', namespace: '', address: 'h:2' });
  assert.equal(await here.resolve(names, 'cart'), 'h:2');
  await Promise.all([far.close(), near.close()]);
});
