import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '#core/log.ts';
import { readBody } from '#core/message.ts';
import { HTTPExtension_Verb } from '#gen/dapr/proto/common/v1/common_pb.ts';
import { systemRandom } from '#host/process/random.ts';
import { systemClock } from '#host/process/clock.ts';
import { readConfig } from '#host/config/config.ts';
import { parseFlags } from '#host/config/flags.ts';
import { createSidecar } from '../sidecar.ts';
import { daprCaller } from './grpc/testing.ts';

const components = `
kind: Component
metadata: {name: statestore}
spec: {type: state.in-memory}
---
kind: Component
metadata: {name: pubsub}
spec: {type: pubsub.in-memory}
---
kind: Component
metadata: {name: secrets}
spec: {type: secretstores.local.env}
`;

/** One API's results of each step, in a form that both APIs share. */
interface ApiClient {
  save(key: string, value: string, etag?: string): Promise<string>;
  get(key: string): Promise<{ readonly value: string; readonly etag: string }>;
  publish(topic: string, data: string): Promise<string>;
  invoke(method: string, body: string): Promise<string>;
  secret(name: string): Promise<unknown>;
  components(): Promise<readonly string[]>;
}

function httpClient(port: number): ApiClient {
  const base = `http://127.0.0.1:${port}/v1.0`;
  const post = async (path: string, body: string): Promise<Response> => {
    return await fetch(`${base}/${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  };
  const outcome = async (reply: Response): Promise<string> => {
    return reply.ok ? 'ok' : ((await reply.json()) as { errorCode: string }).errorCode;
  };
  return {
    async save(key, value, etag) {
      return await outcome(await post('state/statestore', JSON.stringify([{ key, value, etag }])));
    },
    async get(key) {
      const reply = await fetch(`${base}/state/statestore/${key}`);
      return { value: await reply.text(), etag: reply.headers.get('etag') ?? '' };
    },
    publish: async (topic, data) => await outcome(await post(`publish/pubsub/${topic}`, data)),
    async invoke(method, body) {
      const reply = await post(`invoke/cart/method/${method}`, body);
      return `${reply.status} ${reply.ok ? await reply.text() : ''}`;
    },
    secret: async (name) => await (await fetch(`${base}/secrets/secrets/${name}`)).json(),
    async components() {
      const metadata = (await (await fetch(`${base}/metadata`)).json()) as { components: { name: string }[] };
      return metadata.components.map(({ name }) => name);
    },
  };
}

function grpcClient(port: number): ApiClient & { close(): void } {
  const { call, close } = daprCaller(port);
  const outcome = ({ code, details }: { code: number; details: readonly unknown[] }): string => {
    return code === 0 ? 'ok' : String((details[0] as { reason?: string }).reason);
  };
  const bytes = (text: string): Buffer => Buffer.from(text);
  const text = (data?: Uint8Array): string => Buffer.from(data ?? []).toString('utf8');
  return {
    close,
    async save(key, value, etag) {
      const item = { key, value: bytes(JSON.stringify(value)), ...(etag && { etag: { value: etag } }) };
      return outcome(await call('saveState', { storeName: 'statestore', states: [item] }));
    },
    async get(key) {
      const { message } = await call('getState', { storeName: 'statestore', key });
      return { value: text(message?.data), etag: message?.etag ?? '' };
    },
    async publish(topic, data) {
      const event = { pubsubName: 'pubsub', topic, data: bytes(data), dataContentType: 'application/json' };
      return outcome(await call('publishEvent', event));
    },
    async invoke(method, body) {
      const httpExtension = { verb: HTTPExtension_Verb.POST };
      const message = { method, data: { value: bytes(body) }, contentType: 'application/json', httpExtension };
      const result = await call('invokeService', { id: 'cart', message });
      return `${String(result.headers.get('dapr-http-status')[0])} ${text(result.message?.data?.value)}`;
    },
    secret: async (key) => (await call('getSecret', { storeName: 'secrets', key })).message?.data,
    async components() {
      return (await call('getMetadata', {})).message?.registeredComponents.map(({ name }) => name) ?? [];
    },
  };
}

/** An app that subscribes to orders and has one method. */
async function listeningApp() {
  const received: unknown[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const text = Buffer.from(body).toString('utf8');
      const handlers: Readonly<Record<string, () => string>> = {
        '/dapr/subscribe': () => '[{"pubsubname":"pubsub","topic":"orders","route":"/orders"}]',
        '/orders': () => (received.push((JSON.parse(text) as { data: unknown }).data), '{}'),
        '/greet': () => `hello ${text}`,
      };
      const result = handlers[request.url ?? ''];
      response.writeHead(result ? 200 : 404).end(result?.());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { received, port: (server.address() as AddressInfo).port, server };
}

test("HTTP and gRPC API: the same operations have the same results, and each sees the other's writes", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parity-'));
  await writeFile(join(folder, 'components.yaml'), components);
  const app = await listeningApp();
  const env = { HOME: folder, OUTRIGGER_REGISTRY_DIR: join(folder, 'names'), PASSWORD: 'sesame' };
  const ports = ['http', 'grpc', 'internal-grpc'].map((name) => `--dapr-${name}-port=0`);
  const local = ['--dapr-listen-addresses=127.0.0.1', '--dapr-internal-grpc-listen-address=127.0.0.1'];
  const rest = ['--enable-metrics=false', '--app-id=cart', `--app-port=${app.port}`, '--resources-path', folder];
  const config = readConfig(parseFlags([...ports, ...local, ...rest]), env);
  const sidecar = createSidecar(config, { clock: systemClock(), random: systemRandom(), log: silentLog, env });
  await sidecar.start();
  const grpc = grpcClient(sidecar.ports.grpc);
  const http = httpClient(sidecar.ports.http);
  try {
    const health = `http://127.0.0.1:${sidecar.ports.http}/v1.0/healthz`;
    while ((await fetch(health)).status !== 204) await new Promise((resolve) => setTimeout(resolve, 10));
    const stories = await Promise.all(
      [http, grpc].map(async (client, at) => {
        const key = `k${at}`;
        const saved = await client.save(key, 'v');
        const stale = await client.save(key, 'w', 'stale');
        const { value, etag } = await client.get(key);
        const replaced = await client.save(key, 'w', etag);
        const published = await client.publish('orders', '{"n":1}');
        const calls = [await client.invoke('greet', '"you"'), await client.invoke('nowhere', '')];
        return { saved, stale, value, replaced, published, calls, secret: await client.secret('PASSWORD') };
      }),
    );
    assert.deepEqual(stories[1]?.calls, ['200 hello "you"', '404 ']);
    assert.deepEqual(stories[1], stories[0]);
    assert.deepEqual([stories[1]?.stale, stories[1]?.value], ['ERR_STATE_SAVE', '"v"']);
    assert.deepEqual(await http.get('k1'), await grpc.get('k1'));
    assert.deepEqual(await grpc.get('k0'), await http.get('k0'));
    assert.deepEqual(await grpc.components(), await http.components());
    while (app.received.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(app.received, [{ n: 1 }, { n: 1 }]);
  } finally {
    grpc.close();
    await sidecar.stop();
    app.server.close();
    app.server.closeAllConnections();
    await rm(folder, { recursive: true });
  }
});
