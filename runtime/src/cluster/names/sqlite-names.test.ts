import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Call } from '#core/call.ts';
import { seededRandom } from '#core/random.ts';
import { type FakeClock, fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import type { NameAnnouncer, NameResolver } from '#blocks/invoke/peers.ts';
import { kubernetesNames } from './kubernetes-names.ts';
import { sqliteNames } from './sqlite-names.ts';

const call: Call = { trace: { traceId: '', spanId: '', sampled: false }, signal: new AbortController().signal };

class NamesFixture implements AsyncDisposable {
  readonly folder: string;
  readonly clock: FakeClock = fakeClock(Date.UTC(2026, 0, 2));
  readonly #open: NameResolver[] = [];
  #serial = 1;

  constructor(folder: string) {
    this.folder = folder;
  }

  get file(): string {
    return join(this.folder, 'names.db');
  }

  async names(namespace = ''): Promise<NameResolver & NameAnnouncer> {
    const { clock } = this;
    const names = await sqliteNames({
      location: { path: this.file, isMemory: false, isReadOnly: false, pragmas: [] },
      usesWal: true,
      tableName: 'hosts',
      metadataTableName: 'metadata',
      updateIntervalMs: 5000,
      timeoutMs: 1000,
      busyTimeoutMs: 800,
      cleanupIntervalMs: 60_000,
      namespace,
      clock,
      random: seededRandom(this.#serial++),
      log: silentLog,
    });
    this.#open.push(names);
    return names;
  }

  rows(): unknown[] {
    const database = new DatabaseSync(this.file);
    const rows = database.prepare('select address, app_id, namespace from hosts order by address').all();
    database.close();
    return rows.map((row) => Object.values(row).join());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#open.map((names) => names.close()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function namesFixture(): Promise<NamesFixture> {
  return new NamesFixture(await mkdtemp(join(tmpdir(), 'names-')));
}

test('sqlite names: a sidecar is found while it is announced, and not afterwards', async () => {
  await using here = await namesFixture();
  const [cart, order] = [await here.names(), await here.names()];
  assert.equal(await order.resolve(call, 'cart', ''), undefined);
  await cart.announce({ appId: 'cart', namespace: '', address: '127.0.0.1:1' });
  assert.equal(await order.resolve(call, 'cart', ''), '127.0.0.1:1');
  await cart.close();
  assert.equal(await order.resolve(call, 'cart', ''), undefined);
  assert.deepEqual(here.rows(), []);
});

test('sqlite names: with heartbeats a sidecar stays known; without them it is ignored and cleaned up', async () => {
  await using here = await namesFixture();
  const [cart, order] = [await here.names(), await here.names()];
  await cart.announce({ appId: 'cart', namespace: '', address: 'h:1' });
  await order.announce({ appId: 'order', namespace: '', address: 'h:2' });
  for (let at = 0; at < 6; at++) await here.clock.tick(4000);
  assert.equal(await order.resolve(call, 'cart', ''), 'h:1');
  const database = new DatabaseSync(here.file);
  database.exec(`insert into hosts values ('dead', 'h:3', 'cart', '', ${here.clock.now() / 1000 - 60})`);
  database.close();
  for (let at = 0; at < 4; at++) assert.equal(await order.resolve(call, 'cart', ''), 'h:1');
  for (let at = 0; at < 20; at++) await here.clock.tick(4000);
  assert.deepEqual(here.rows(), ['h:1,cart,', 'h:2,order,']);
});

test('sqlite names: a removed row is restored; one whose address was taken is not', async () => {
  await using here = await namesFixture();
  const [cart, order] = [await here.names(), await here.names()];
  await cart.announce({ appId: 'cart', namespace: '', address: 'h:1' });
  const database = new DatabaseSync(here.file);
  database.exec('delete from hosts');
  database.close();
  await here.clock.tick(4000);
  assert.deepEqual(here.rows(), ['h:1,cart,']);
  await order.announce({ appId: 'order', namespace: '', address: 'h:1' });
  await here.clock.tick(8000);
  assert.deepEqual(here.rows(), ['h:1,order,']);
});

test('sqlite names: namespaces separate apps of the same name', async () => {
  await using here = await namesFixture();
  const [one, two] = [await here.names('one'), await here.names('two')];
  await one.announce({ appId: 'cart', namespace: '', address: 'h:1' });
  await two.announce({ appId: 'cart', namespace: '', address: 'h:2' });
  assert.equal(await one.resolve(call, 'cart', ''), 'h:1');
  assert.equal(await one.resolve(call, 'cart', 'two'), 'h:2');
  assert.equal(await two.resolve(call, 'cart', 'three'), undefined);
});

test('sqlite names: a failed address is avoided for a while when there is another', async () => {
  await using here = await namesFixture();
  const resolver = await here.names();
  for (const port of [1, 2])
    await (await here.names()).announce({ appId: 'cart', namespace: '', address: `h:${port}` });
  resolver.forget('cart', '', 'h:1');
  for (let at = 0; at < 8; at++) assert.equal(await resolver.resolve(call, 'cart', ''), 'h:2');
  await here.clock.tick(2500);
  const addresses = new Set<string | undefined>();
  for (let at = 0; at < 20; at++) addresses.add(await resolver.resolve(call, 'cart', ''));
  assert.deepEqual(addresses, new Set(['h:1', 'h:2']));
});

test("kubernetes names: the address of an app's service", async () => {
  const plain = kubernetesNames({ namespace: 'shop', clusterDomain: 'cluster.local', port: 50_002 });
  assert.equal(await plain.resolve(call, 'cart', ''), 'cart-dapr.shop.svc.cluster.local:50002');
  assert.equal(await plain.resolve(call, 'cart', 'other'), 'cart-dapr.other.svc.cluster.local:50002');
  const options = { namespace: '', clusterDomain: 'x', port: 1 };
  const withTemplate = kubernetesNames({ ...options, template: '{{.ID}}.{{ .Namespace }}.mesh:{{.Port}}' });
  assert.equal(await withTemplate.resolve(call, 'cart', ''), 'cart.default.mesh:1');
  assert.throws(() => kubernetesNames({ ...options, template: '{{.ID}}-{{.Data.region}}' }), /must contain/);
  assert.throws(() => kubernetesNames({ ...options, template: 'fixed' }), /must contain/);
});
