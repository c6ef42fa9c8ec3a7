import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../infra/launcher/folders.ts';
import { freePort } from '../../infra/launcher/ports.ts';
import { flagsOf } from '../../infra/launcher/programs.ts';

const resources = `
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: statestore }
spec: { type: state.in-memory, version: v1, metadata: [] }
---
apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: pubsub }
spec: { type: pubsub.in-memory, version: v1, metadata: [] }
`;

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

/** One sidecar with its own app. */
export interface SidecarWithApp {
  readonly name: string;
  /** Removes and returns the events that the app received, oldest first. */
  takeEvents(): string[];
  request(verb: string, path: string, body?: Uint8Array, headers?: Record<string, string>): Promise<HttpResponse>;
  stop(): Promise<void>;
}

/**
 * With the file of a daprd it starts the reference, otherwise the sidecar of this repository. `components` are added to the
 * resource file.
 */
export async function startWithApp(
  subscriptions: Uint8Array | string,
  daprd?: string,
  components = '',
): Promise<SidecarWithApp> {
  const events: string[] = [];
  const app = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url === '/event') events.push(Buffer.concat(parts).toString('utf8'));
      if (request.url !== '/event' && request.url !== '/dapr/subscribe') response.statusCode = 404;
      response.end(request.url === '/dapr/subscribe' ? subscriptions : '');
    });
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const home = mkdtempSync(join(tmpdir(), 'compat-'));
  const folder = join(home, 'resources');
  mkdirSync(folder);
  writeFileSync(join(folder, 'resources.yaml'), resources + components);
  const [http, grpc, internal, metrics] = ports;
  const args = flagsOf({
    'app-id': 'fuzz',
    'app-port': (app.address() as AddressInfo).port,
    'dapr-http-port': http,
    'dapr-grpc-port': grpc,
    'dapr-internal-grpc-port': internal,
    'metrics-port': metrics,
    'dapr-listen-addresses': '127.0.0.1',
    'log-level': 'error',
    'resources-path': folder,
  });
  const program = daprd ?? process.execPath;
  const env = { ...process.env, OUTRIGGER_FROM_SOURCE: '1', OUTRIGGER_REGISTRY_DIR: join(home, 'names') };
  const main = daprd === undefined ? [join(root, 'runtime/src/main.mjs')] : [];
  const child = spawn(program, [...main, ...args], { cwd: home, env, stdio: ['ignore', 'ignore', 'ignore'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${http}`;

  const request: SidecarWithApp['request'] = async (verb, path, body, headers = {}) => {
    const init = { method: verb, headers, ...(body === undefined ? {} : { body }) };
    try {
      const response = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(20_000) });
      return { status: response.status, body: await response.text(), headers: response.headers };
    } catch {
      return { status: 0, body: 'the connection was closed without a response', headers: new Headers() };
    }
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    app.closeAllConnections();
    app.close();
    rmSync(home, { recursive: true, force: true });
  };
  for (let tries = 0; ; tries++) {
    if ((await request('GET', '/v1.0/healthz')).status === 204) break;
    if (tries > 300 || child.exitCode !== null) {
      await stop();
      throw new Error(`${program} did not start`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { name: daprd === undefined ? 'ours' : 'reference', takeEvents: () => events.splice(0), request, stop };
}
