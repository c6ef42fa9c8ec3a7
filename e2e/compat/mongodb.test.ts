import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { waitForPort } from '../../infra/launcher/ports.ts';
import { startReaper } from '../../infra/launcher/reaper.ts';
import { supervise } from '../../infra/launcher/supervised.ts';
import { mongodbServer } from '../../infra/servers/mongodb.ts';
import { startWithApp } from './sidecar-pair.ts';
import type { SidecarWithApp } from './sidecar-pair.ts';

/** A folder with daprd: the same requests are sent to it and to this sidecar, both on one MongoDB. */
const folder = process.env['DAPRD_FOLDER'];
const skip = folder === undefined ? 'DAPRD_FOLDER names no folder with a daprd' : false;
const state = '/v1.0/state/own';
const pair: SidecarWithApp[] = [];
const cleanups: (() => Promise<void>)[] = [];

/** A store for each sidecar, and a shared one. */
const components = (name: string, url: URL): string =>
  [
    ['own', name],
    ['shared', 'shared'],
  ]
    .map(
      ([store, collection]) => `
---
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: ${store} }
spec:
  type: state.mongodb
  version: v1
  metadata:
  - { name: host, value: "${url.host}" }
  - { name: params, value: "${url.search}" }
  - { name: databaseName, value: compat }
  - { name: collectionName, value: "${collection}-${process.pid}" }
  - { name: keyPrefix, value: none }
${store === 'own' ? '  - { name: actorStateStore, value: "true" }\n' : ''}`,
    )
    .join('');

before(async () => {
  if (folder === undefined) return;
  const home = mkdtempSync(join(tmpdir(), 'compat-mongodb-'));
  const server = await mongodbServer(home, () => {});
  assert.ok(server, 'a server with MongoDB’s protocol');
  if (server.command) {
    const reaper = startReaper();
    const watcher = { onLine() {}, onExit() {}, onRestart() {} };
    const program = supervise({ name: 'mongodb', ...server.command }, join(home, 'mongodb.log'), reaper, watcher);
    program.start();
    cleanups.push(async () => {
      await program.stop(3000);
      reaper.close();
      rmSync(home, { recursive: true, force: true });
    });
    await waitForPort(server.command.port, '127.0.0.1', 30_000);
  }
  const url = new URL(server.url);
  const reference = await startWithApp('[]', join(folder, 'daprd'), components('reference', url));
  pair.push(reference, await startWithApp('[]', undefined, components('ours', url)));
});
after(async () => {
  await Promise.all(pair.map((sidecar) => sidecar.stop()));
  for (const end of cleanups) await end();
});

type Shown = readonly [status: number, value: unknown];

async function send(sidecar: SidecarWithApp, verb: string, path: string, body?: unknown): Promise<Shown> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const response = await sidecar.request(verb, path, bytes, { 'content-type': 'application/json' });
  const text = response.body.replace(/"etag":"[^"]*"/g, '"etag":"…"').replace(/: write exception.*|: error.*/s, '');
  try {
    return [response.status, JSON.parse(text)];
  } catch {
    return [response.status, text];
  }
}
const save = (sidecar: SidecarWithApp, ...items: object[]) => send(sidecar, 'POST', state, items);
const read = (sidecar: SidecarWithApp, key: string) => send(sidecar, 'GET', `${state}/${key}`);
const etagOf = async (sidecar: SidecarWithApp, key: string): Promise<string> =>
  (await sidecar.request('GET', `${state}/${key}`)).headers.get('etag') ?? '';
const seen = async (response: Promise<Shown>): Promise<number> => (await response)[0];

/** The result of both; fails when they differ. */
async function same(show: (sidecar: SidecarWithApp) => Promise<unknown>): Promise<unknown> {
  const [reference, ours] = await Promise.all(pair.map(show));
  assert.deepEqual(ours, reference);
  return ours;
}

test('state.mongodb: values of each type are stored and read as by the reference', { skip }, async () => {
  const values = [
    { b: 1, a: ['x', null, { c: 1.5 }] },
    [1, 'a'],
    'text "q" ü €',
    '',
    12,
    -0.5,
    1e21,
    true,
    null,
    {},
    [],
  ];
  for (const [at, value] of values.entries())
    await same(async (sidecar) => [await save(sidecar, { key: `v${at}`, value }), await read(sidecar, `v${at}`)]);
  await same((sidecar) => read(sidecar, 'absent'));
  const keys = ['v0', 'v2', 'absent', 'v4'];
  // In another order: the reference returns missing keys last.
  await same(async (sidecar) => {
    const [status, items] = await send(sidecar, 'POST', `${state}/bulk`, { keys });
    return [status, (items as { key: string }[]).toSorted((a, b) => (a.key < b.key ? -1 : 1))];
  });
});

test('state.mongodb: etags and first-write have the same statuses as in the reference', { skip }, async () => {
  const first = { concurrency: 'first-write' };
  const statuses = await same(async (sidecar) => {
    await save(sidecar, { key: 'e', value: 1 });
    const etag = await etagOf(sidecar, 'e');
    return [
      await seen(save(sidecar, { key: 'e', value: 2, etag })),
      await seen(save(sidecar, { key: 'e', value: 3, etag, options: first })),
      await seen(save(sidecar, { key: 'e', value: 3, etag: 'bogus' })),
      await seen(save(sidecar, { key: 'f', value: 1, options: first })),
      await seen(save(sidecar, { key: 'f', value: 2, options: first })),
      await read(sidecar, 'e'),
      (await sidecar.request('DELETE', `${state}/e`, undefined, { 'if-match': etag })).status,
      (await sidecar.request('DELETE', `${state}/e`, undefined, { 'if-match': 'bogus' })).status,
      (await sidecar.request('DELETE', `${state}/e`, undefined, { 'if-match': await etagOf(sidecar, 'e') })).status,
      await read(sidecar, 'e'),
      await seen(send(sidecar, 'DELETE', `${state}/e`)),
    ];
  });
  assert.deepEqual(statuses, [204, 409, 409, 204, 409, [200, 2], 409, 409, 204, [204, ''], 204]);
});

test('state.mongodb: values expire as in the reference', { skip }, async () => {
  await same(async (sidecar) => {
    await save(sidecar, { key: 't', value: 1, metadata: { ttlInSeconds: '100' } });
    const stored = await sidecar.request('GET', `${state}/t`);
    const left = Date.parse(stored.headers.get('metadata.ttlexpiretime') ?? '') - Date.now();
    await save(sidecar, { key: 'u', value: 1, metadata: { ttlInSeconds: '1' } });
    const before = await read(sidecar, 'u');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await save(sidecar, { key: 't', value: 2 });
    const cleared = await sidecar.request('GET', `${state}/t`);
    return [
      left > 90_000 && left < 101_000,
      before,
      await read(sidecar, 'u'),
      cleared.headers.has('metadata.ttlexpiretime'),
    ];
  });
});

test('state.mongodb: transactions are atomic as in the reference', { skip }, async () => {
  const upsert = (key: string, value: unknown, more = {}) => ({
    operation: 'upsert',
    request: { key, value, ...more },
  });
  const remove = (key: string) => ({ operation: 'delete', request: { key } });
  await same(async (sidecar) => {
    await save(sidecar, { key: 'x', value: 0 });
    const path = `${state}/transaction`;
    return [
      await seen(send(sidecar, 'POST', path, { operations: [upsert('y', { a: 1 }), remove('x')] })),
      await read(sidecar, 'x'),
      await read(sidecar, 'y'),
      await seen(send(sidecar, 'POST', path, { operations: [upsert('z', 1), upsert('y', 2, { etag: 'bogus' })] })),
      await read(sidecar, 'y'),
      await read(sidecar, 'z'),
    ];
  });
});

test('state.mongodb: queries return the same items as in the reference', { skip }, async () => {
  const items = ['CA', 'WA', 'CA', 'NY'].map((place, at) => ({ key: `q${at}`, value: { place, n: { id: at * 10 } } }));
  const query = (sidecar: SidecarWithApp, body: object) => send(sidecar, 'POST', '/v1.0-alpha1/state/own/query', body);
  await Promise.all(pair.map((sidecar) => save(sidecar, ...items)));
  for (const filter of [
    { EQ: { place: 'CA' } },
    { EQ: { 'n.id': 10 } },
    { IN: { place: ['CA', 'NY'] } },
    { AND: [{ EQ: { place: 'CA' } }, { GT: { 'n.id': 5 } }] },
    { OR: [{ EQ: { place: 'NY' } }, { LTE: { 'n.id': 10 } }] },
  ])
    await same((sidecar) => query(sidecar, { filter, sort: [{ key: 'n.id', order: 'DESC' }], page: { limit: 2 } }));
  const sort = [{ key: 'n.id' }];
  const filter = { IN: { place: ['CA', 'NY'] } };
  await same((sidecar) => query(sidecar, { filter, sort, page: { limit: 2, token: '2' } }));
  await same((sidecar) => seen(query(sidecar, { filter: { GT: { place: 'x' } } })));
});

test('state.mongodb: both sidecars read each other’s values and accept each other’s etags', { skip }, async () => {
  const [reference, ours] = pair as [SidecarWithApp, SidecarWithApp];
  const shared = '/v1.0/state/shared';
  for (const [from, to] of [
    [reference, ours],
    [ours, reference],
  ] as const) {
    await send(from, 'POST', shared, [{ key: 'k', value: { from: from.name, list: [1, 'a'] } }]);
    assert.deepEqual(await send(to, 'GET', `${shared}/k`), [200, { from: from.name, list: [1, 'a'] }]);
    const etag = (await to.request('GET', `${shared}/k`)).headers.get('etag');
    assert.equal(await seen(send(to, 'POST', shared, [{ key: 'k', value: 'next', etag }])), 204);
    assert.equal(await seen(send(from, 'POST', shared, [{ key: 'k', value: 'late', etag }])), 409);
    assert.deepEqual(await send(from, 'GET', `${shared}/k`), [200, 'next']);
    await send(from, 'DELETE', `${shared}/k`);
  }
});

test('GET /v1.0/metadata: a store with actorStateStore has the capabilities of the reference', { skip }, async () => {
  await same(async (sidecar) => {
    const { body } = await sidecar.request('GET', '/v1.0/metadata');
    const { components: listed } = JSON.parse(body) as { components: { name: string; capabilities: string[] }[] };
    return listed.find(({ name }) => name === 'own')?.capabilities;
  });
});

test(
  'state.mongodb: text with a dollar sign is stored unchanged, where the reference lets the server evaluate it',
  { skip },
  async () => {
    const shown = await Promise.all(
      pair.map(async (sidecar) => {
        await save(sidecar, { key: 'd', value: { price: '$value' } });
        return await read(sidecar, 'd');
      }),
    );
    assert.deepEqual(shown, [
      [200, {}],
      [200, { price: '$value' }],
    ]);
  },
);
