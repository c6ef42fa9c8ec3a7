import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { type AddressInfo, type Socket, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Activity } from '#core/activity.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { type Log, silentLog } from '#core/log.ts';
import { systemRandom } from '#host/process/random.ts';
import { systemClock } from '#host/process/clock.ts';
import { readConfig } from '#host/config/config.ts';
import { parseFlags } from '#host/config/flags.ts';
import { createSidecar } from './sidecar.ts';
import type { Sidecar } from './sidecar.ts';
import type { SidecarDependencies } from './compose/sidecar-dependencies.ts';

const components = `
kind: Component
metadata: {name: statestore}
spec: {type: state.in-memory, metadata: [{name: actorStateStore, value: "true"}]}
---
kind: Component
metadata: {name: pubsub}
spec: {type: pubsub.in-memory}
---
kind: Component
metadata: {name: secrets}
spec: {type: secretstores.local.env}
`;

/** Folders for resources and names, removed at the end together with the started programs. */
async function bench(resources = components) {
  const folder = await mkdtemp(join(tmpdir(), 'sidecar-'));
  await writeFile(join(folder, 'components.yaml'), resources);
  const undo: (() => Promise<unknown>)[] = [];
  const sidecar = (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    more: Partial<Pick<SidecarDependencies, 'clock' | 'log'>> = {},
  ): Sidecar => {
    const all = { HOME: folder, OUTRIGGER_REGISTRY_DIR: join(folder, 'names'), ...env };
    const free = [
      '--dapr-http-port=0',
      '--dapr-grpc-port=0',
      '--metrics-port=0',
      '--dapr-internal-grpc-port=0',
      '--resources-path',
      folder,
    ];
    const local = ['--dapr-listen-addresses=127.0.0.1', '--dapr-internal-grpc-listen-address=127.0.0.1'];
    const metrics = ['--metrics-listen-address=127.0.0.1'];
    const config = readConfig(parseFlags([...free, ...local, ...metrics, ...args]), all);
    const dependencies = { clock: systemClock(), random: systemRandom(), log: silentLog, env: all, ...more };
    const made = createSidecar(config, dependencies);
    undo.push(() => made.stop());
    return made;
  };
  const app = async (respond: (path: string) => unknown, port = 0): Promise<Listening> => {
    const listening = await listen(respond, port);
    undo.push(() => listening.close());
    return listening;
  };
  return {
    folder,
    sidecar,
    app,
    async [Symbol.asyncDispose]() {
      for (const step of undo.reverse()) await step();
      await rm(folder, { recursive: true });
    },
  };
}

interface Listening {
  readonly port: number;
  readonly seen: string[];
  close(): Promise<void>;
}

/** An app that responds with JSON, or 404 for undefined. */
async function listen(respond: (path: string) => unknown, at: number): Promise<Listening> {
  const seen: string[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    void (async () => {
      const body = await respond(request.url ?? '');
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    })();
  });
  server.listen(at, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await isTrue()); await new Promise((resolve) => setTimeout(resolve, 20)))
    if (Date.now() > deadline) throw new Error(`waited ten seconds in vain: ${what}`);
}

const base = ({ ports }: Sidecar): string => `http://127.0.0.1:${ports.http}/v1.0`;
const isReady = async (sidecar: Sidecar): Promise<boolean> => (await fetch(`${base(sidecar)}/healthz`)).status === 204;

test('createSidecar: outbound calls work before the app listens, and healthz lists what is missing', async () => {
  await using fixture = await bench();
  const closedApp = await fixture.app(() => undefined);
  await closedApp.close();
  const sidecar = fixture.sidecar(['--app-id=cart', `--app-port=${closedApp.port}`]);
  await sidecar.start();
  assert.equal((await fetch(`${base(sidecar)}/healthz/outbound`)).status, 204);
  const waiting = await fetch(`${base(sidecar)}/healthz`);
  assert.deepEqual(await waiting.json(), {
    errorCode: 'ERR_HEALTH_NOT_READY',
    message: 'dapr is not ready: [app]',
  });
  const wrongApp = await fetch(`${base(sidecar)}/healthz?appid=other`);
  assert.equal(wrongApp.status, 500);
  await fixture.app(() => undefined, closedApp.port);
  await until(() => isReady(sidecar), 'health after the app came');
});

test('createSidecar: an app that reconnects is queried again for actors and subscriptions', async () => {
  await using fixture = await bench();
  const first = await fixture.app(() => undefined);
  const sidecar = fixture.sidecar(['--app-id=cart', `--app-port=${first.port}`]);
  await sidecar.start();
  await until(() => isReady(sidecar), 'health');
  assert.deepEqual(first.seen, ['GET /dapr/config', 'GET /dapr/subscribe']);
  await first.close();
  const responses: Readonly<Record<string, unknown>> = {
    '/dapr/config': { entities: ['counter'] },
    '/dapr/subscribe': [{ pubsubname: 'pubsub', topic: 'orders', route: '/orders' }],
  };
  // a failed call lets the sidecar detect the disconnect immediately
  await until(
    async () => (await fetch(`${base(sidecar)}/invoke/cart/method/x`)).status === 500,
    'the app is unavailable',
  );
  const second = await fixture.app((path) => responses[path], first.port);
  await until(() => second.seen.includes('GET /dapr/subscribe'), 'the second discovery');
  const metadata = async () => (await (await fetch(`${base(sidecar)}/metadata`)).json()) as Record<string, unknown>;
  await until(async () => 'subscriptions' in (await metadata()), 'the subscription');
  assert.deepEqual((await metadata())['actors'], [{ type: 'counter' }]);
});

test('GET /v1.0/healthz: 204 with a gRPC app that accepts connections but never responds, with one warning', async () => {
  await using fixture = await bench();
  const sockets: Socket[] = [];
  const app = createTcpServer((socket) => sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(app, 'listening');
  const warnings: unknown[] = [];
  const log: Log = { ...silentLog, warn: ({ event }) => void warnings.push(event) };
  const clock = fakeClock();
  const flags = ['--app-id=silent', '--app-protocol=grpc', `--app-port=${(app.address() as AddressInfo).port}`];
  const sidecar = fixture.sidecar(flags, {}, { clock, log });
  try {
    await sidecar.start();
    await until(() => sockets.some((socket) => socket.bytesRead > 0), 'the first request');
    assert.equal(await isReady(sidecar), false);
    await clock.tick(2000);
    await until(() => isReady(sidecar), 'health');
    assert.deepEqual(warnings, []);
    await clock.tick(1000);
    assert.deepEqual(warnings, ['app-unresponsive']);
    const seen = sockets.length;
    await clock.tick(27_000);
    await until(async () => (await clock.tick(1000), sockets.length > seen + 1), 'another try');
    await clock.tick(5000);
    assert.deepEqual(warnings, ['app-unresponsive']);
    assert.equal(await isReady(sidecar), true);
  } finally {
    for (const socket of sockets) socket.destroy();
    app.close();
  }
});

test('activities: a call and an event across two sidecars can be read from either', async () => {
  await using fixture = await bench();
  const shop = await fixture.app((path) =>
    path === '/dapr/subscribe' ? undefined : path === '/price' ? { cents: 5 } : undefined,
  );
  const catalog = fixture.sidecar(['--app-id=catalog', `--app-port=${shop.port}`]);
  const cart = fixture.sidecar(['--app-id=cart']);
  await Promise.all([catalog.start(), cart.start()]);
  await until(() => isReady(catalog), 'health');
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const reply = await fetch(`${base(cart)}/invoke/catalog/method/price`, { headers: { traceparent } });
  assert.deepEqual(await reply.json(), { cents: 5 });
  const query = 'traceId=0af7651916cd43dd8448eb211c80319c&apps=cart,catalog,nobody';
  const page = (await (await fetch(`${base(cart)}-outrigger/activities?${query}`)).json()) as {
    activities: Activity[];
    unreachable: string[];
  };
  assert.deepEqual(
    page.activities.map(({ appId, kind }) => [appId, kind]),
    [
      ['cart', 'invoke.send'],
      ['catalog', 'invoke.receive'],
    ],
  );
  const [sent, received] = page.activities;
  assert.equal(received?.parentSpanId, sent?.spanId);
  assert.equal(sent?.output, '{"cents":5}');
  assert.deepEqual(page.unreachable, ['nobody']);
});

test("activities: another sidecar's activities arrive live, and a reader can resume", async () => {
  await using fixture = await bench();
  const [cart, order] = [fixture.sidecar(['--app-id=cart']), fixture.sidecar(['--app-id=order'])];
  await Promise.all([cart.start(), order.start()]);
  const save = async (value: string): Promise<void> => {
    const body = JSON.stringify([{ key: 'k', value }]);
    assert.equal((await fetch(`${base(order)}/state/statestore`, { method: 'POST', body })).status, 204);
  };
  await save('before');
  const read = async (lastEventId: string): Promise<string> => {
    const stop = new AbortController();
    const headers = { 'last-event-id': lastEventId };
    const url = `${base(cart)}-outrigger/activities/stream?apps=cart,order`;
    const stream = await fetch(url, { headers, signal: stop.signal });
    let text = '';
    for await (const part of stream.body ?? []) {
      text += Buffer.from(part).toString('utf8');
      if (text.includes('data: ')) break;
    }
    stop.abort();
    return text;
  };
  const first = await read('order:0');
  assert.match(first, /^: connected\n\nid: order:1\ndata: .*"input":"\\"before\\""/);
  await save('after');
  assert.match(await read('order:1'), /id: order:2\ndata: .*"input":"\\"after\\""/);
});

test('createSidecar: secrets, metadata keys and metrics are served', async () => {
  await using fixture = await bench();
  const sidecar = fixture.sidecar(['--app-id=cart'], { PRICE: '5', DAPR_API_TOKEN: '' });
  await sidecar.start();
  assert.deepEqual(await (await fetch(`${base(sidecar)}/secrets/secrets/PRICE`)).json(), { PRICE: '5' });
  assert.equal((await fetch(`${base(sidecar)}/secrets/none/PRICE`)).status, 401);
  assert.equal((await fetch(`${base(sidecar)}/metadata/who`, { method: 'PUT', body: 'me' })).status, 204);
  const metadata = (await (await fetch(`${base(sidecar)}/metadata`)).json()) as { extended: Record<string, string> };
  assert.equal(metadata.extended['who'], 'me');
  const metrics = await (await fetch(`http://127.0.0.1:${sidecar.ports.metrics}/`)).text();
  assert.match(
    metrics,
    /dapr_http_server_request_count\{app_id="cart",method="GET",path="\/v1\.0\/secrets\/secrets",status="200"\} 1/,
  );
  assert.match(
    metrics,
    /dapr_component_secret_count\{app_id="cart",component="secrets",namespace="",operation="get",success="true"\} 1/,
  );
  assert.match(metrics, /^process_resident_memory_bytes \d+$/m);
  assert.match(metrics, /dapr_runtime_component_loaded\{app_id="cart"\} 3/);
});

test('createSidecar: an unusable component is an error with its location and the alternatives', async () => {
  await using fixture = await bench('kind: Component\nmetadata: {name: store}\nspec: {type: state.nosuch}\n');
  await assert.rejects(
    fixture.sidecar(['--app-id=cart']).start(),
    /process component store error: couldn't find state\.nosuch\/v1: there are state\.in-memory\/v1.* at .*components\.yaml:1\]/,
  );
});

test("createSidecar: a component's secret is read from the named store, a missing one is an error", async () => {
  const quoting = (key: string): string => `${components}---
kind: Component
metadata: {name: file}
spec: {type: secretstores.local.file, metadata: [{name: secretsFile, secretKeyRef: {name: ${key}}}]}
auth: {secretStore: secrets}
`;
  await using fixture = await bench(quoting('SECRETS_FILE'));
  const file = join(fixture.folder, 'secrets.json');
  await writeFile(file, '{"db":{"password":"p"}}');
  const sidecar = fixture.sidecar(['--app-id=cart'], { SECRETS_FILE: file });
  await sidecar.start();
  assert.deepEqual(await (await fetch(`${base(sidecar)}/secrets/file/db:password`)).json(), { 'db:password': 'p' });
  assert.equal((await fetch(`${base(sidecar)}/secrets/file/none`)).status, 500);
});

test('stop: lets a running call finish and accepts no more', async () => {
  await using fixture = await bench();
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const app = await fixture.app(async (path) => {
    if (path !== '/slow') return undefined;
    begun.resolve();
    await finish.promise;
    return 'done';
  });
  const sidecar = fixture.sidecar(['--app-id=cart', `--app-port=${app.port}`]);
  await sidecar.start();
  await until(() => isReady(sidecar), 'health');
  const slow = fetch(`${base(sidecar)}/invoke/cart/method/slow`);
  await begun.promise;
  const stopped = sidecar.stop();
  await until(
    async () => (await fetch(`${base(sidecar)}/healthz`).catch(() => undefined)) === undefined,
    'a closed port',
  );
  finish.resolve();
  assert.equal(await (await slow).json(), 'done');
  await stopped;
});
