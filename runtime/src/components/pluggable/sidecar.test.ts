import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { memoryBroker } from '#components/memory/broker.ts';
import { memoryStateStore } from '#components/memory/state-store.ts';
import { systemClock } from '#host/process/clock.ts';
import { componentContext, serveComponent } from './testing.ts';

const main = join(import.meta.dirname, '../../main.ts');

const component = (name: string, type: string): string => `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: ${name} }
spec: { type: ${type}, version: v1, metadata: [{ name: connectionString, value: here }] }
`;
const subscription = `apiVersion: dapr.io/v2alpha1
kind: Subscription
metadata: { name: orders }
spec: { pubsubname: bus, topic: orders, routes: { default: /orders } }
`;

/** An app that responds 200 to every request, and records the bodies. */
async function app() {
  const received: { readonly path: string; readonly body: string }[] = [];
  const arrived = new Set<() => void>();
  const handleRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const part of request as AsyncIterable<Buffer>) body += part.toString();
    received.push({ path: request.url ?? '', body });
    response.end();
    for (const check of arrived) check();
  };
  const server = createServer((request, response) => void handleRequest(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const on = (path: string): Promise<string> =>
    new Promise((resolve) => {
      const check = (): void => {
        const match = received.find((one) => one.path === path && one.body !== '');
        if (match) resolve(match.body);
      };
      arrived.add(check);
      check();
    });
  return { port, on, close: () => server.close() };
}

async function sidecar(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  const port = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => {
        out += part.toString();
        const match = /dapr initialized.* http=(\d+)/.exec(out);
        if (match?.[1]) resolve(match[1]);
      });
    child.once('close', () => reject(new Error(`it ended: ${out}`)));
  });
  const stop = async (): Promise<void> => {
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  };
  return { base: `http://127.0.0.1:${port}/v1.0`, stop };
}

test(
  'pluggable components: a sidecar uses state, pub/sub, bindings and secrets of a separate process',
  { timeout: 30_000 },
  async () => {
    const context = componentContext({ clock: systemClock() });
    const invoked: string[] = [];
    await using served = await serveComponent({
      stateStore: await memoryStateStore(context),
      broker: await memoryBroker(context),
      output: {
        operations: ['create'],
        invoke: (_call, { data }) => {
          invoked.push(String(Buffer.from(data)));
          return Promise.resolve({ data: Buffer.from('"done"') });
        },
        close: () => Promise.resolve(),
      },
      secretStore: {
        features: [],
        get: (_call, name) => Promise.resolve({ [name]: '1234' }),
        getAll: () => Promise.resolve(new Map()),
        close: () => Promise.resolve(),
      },
    });
    const resources = await mkdtemp(join(tmpdir(), 'resources-'));
    const kinds = { store: 'state', bus: 'pubsub', lamp: 'bindings', vault: 'secretstores' };
    for (const [name, area] of Object.entries(kinds))
      await writeFile(join(resources, `${name}.yaml`), component(name, `${area}.ledger`));
    await writeFile(join(resources, 'subscription.yaml'), subscription);
    const listener = await app();
    const ports = [
      '--dapr-http-port',
      '0',
      '--dapr-grpc-port',
      '0',
      '--dapr-internal-grpc-port',
      '0',
      '--metrics-port',
      '0',
    ];
    const args = ['--app-id', 'shop', '--app-port', String(listener.port), '--resources-path', resources, ...ports];
    const { base, stop } = await sidecar(args, {
      OUTRIGGER_EXIT_WITH_PARENT: '1',
      OUTRIGGER_REGISTRY_DIR: join(resources, 'names'),
      DAPR_COMPONENTS_SOCKETS_FOLDER: dirname(served.socket),
    });
    const send = (path: string, body: unknown): Promise<Response> =>
      fetch(base + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    try {
      assert.equal((await send('/state/store', [{ key: 'a', value: { n: 1 } }])).status, 204);
      assert.deepEqual(await (await fetch(`${base}/state/store/a`)).json(), { n: 1 });
      const transaction = { operations: [{ operation: 'delete', request: { key: 'a' } }] };
      assert.equal((await send('/state/store/transaction', transaction)).status, 204);
      assert.equal((await fetch(`${base}/state/store/a`)).status, 204);
      assert.equal(await (await send('/bindings/lamp', { operation: 'create', data: 'on' })).text(), '"done"');
      assert.deepEqual(invoked, ['"on"']);
      assert.deepEqual(await (await fetch(`${base}/secrets/vault/alarm`)).json(), { alarm: '1234' });
      while ((await fetch(`${base}/healthz`)).status !== 204) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal((await send('/publish/bus/orders', { order: 7 })).status, 204);
      assert.deepEqual((JSON.parse(await listener.on('/orders')) as { data: unknown }).data, { order: 7 });
      assert.equal(served.inits.length, 4);
      assert.ok(served.inits.every((properties) => properties['connectionString'] === 'here'));
    } finally {
      await stop();
      listener.close();
      await rm(resources, { recursive: true, force: true });
    }
  },
);
