/** Measures actors on Redis, ours and with `--daprd DIR` the reference: rates and lateness, printed as a table. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { planDaprd } from '../../infra/launcher/daprd.ts';
import { root } from '../../infra/launcher/folders.ts';
import { freePort } from '../../infra/launcher/ports.ts';
import { flagsOf } from '../../infra/launcher/programs.ts';
import { component } from '../harness/component.ts';
import { startRedis } from '../harness/redis.ts';
import { eventually } from '../harness/store.ts';
import { httpLoad } from './http-load.ts';
import { cpuMs } from './process-usage.ts';

const { values } = parseArgs({
  options: {
    daprd: { type: 'string' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    fsync: { type: 'string', default: 'no' },
  },
});
const callers = 32;
const reminderCount = 400;
const keys = 1024;
const home = mkdtempSync(join(tmpdir(), 'redis-actors-'));
const agent = new Agent({ keepAlive: true });
const started: ChildProcess[] = [];

function start(file: string, args: readonly string[]): number {
  const env = { ...process.env, DAPR_HOST_IP: '127.0.0.1', OUTRIGGER_REGISTRY_DIR: join(home, 'names') };
  const child = spawn(file, args, { cwd: root, env, stdio: 'ignore' });
  started.push(child);
  return child.pid ?? 0;
}

function send(port: number, method: string, path: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    request({ port, host: '127.0.0.1', method, path, agent, headers }, (response) =>
      response.resume().on('end', () => resolve(response.statusCode ?? 0)),
    )
      .on('error', reject)
      .end(body);
  });
}

/** `noop` does nothing, `save` stores 1 kB in one transaction; `fired` is called for each reminder. */
async function openApp(type: string, sidecar: () => number, fired: (name: string) => void): Promise<number> {
  const value = 'x'.repeat(1000);
  const save = JSON.stringify([{ operation: 'upsert', request: { key: 'v', value } }]);
  const server = createServer((incoming, response) => {
    const handle = async (): Promise<number> => {
      await text(incoming);
      const [, , , id = '', kind = '', ...rest] = (incoming.url ?? '').split('/');
      if (rest[0] === 'remind') fired(rest[1] ?? '');
      if (kind !== 'method' || rest[0] !== 'save') return 200;
      return (await send(sidecar(), 'POST', `/v1.0/actors/${type}/${id}/state`, save)) === 204 ? 200 : 500;
    };
    if (incoming.url === '/dapr/config') return void response.end(JSON.stringify({ entities: [type] }));
    void handle().then((status) => response.writeHead(status).end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function startCandidate(name: string, daprdFolder: string | undefined, resources: string) {
  let http = 0;
  const firedAt = new Map<string, number>();
  const type = `Bench${name}`;
  const appPort = await openApp(
    type,
    () => http,
    (reminder) => firedAt.set(reminder, Date.now()),
  );
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
  http = ports[0] ?? 0;
  const flags = {
    'app-id': name,
    'app-port': appPort,
    'dapr-http-port': http,
    'dapr-grpc-port': ports[1] ?? 0,
    'dapr-internal-grpc-port': ports[2] ?? 0,
    'metrics-port': ports[3] ?? 0,
    'dapr-listen-addresses': '127.0.0.1',
    'log-level': 'warn',
    'resources-path': resources,
  };
  let pid = 0;
  if (daprdFolder === undefined) pid = start(process.execPath, [join(root, 'runtime/src/main.mjs'), ...flagsOf(flags)]);
  else {
    const { settings, helpers } = await planDaprd(daprdFolder, join(home, name));
    for (const helper of helpers) start(helper.file, helper.args);
    const more = {
      'placement-host-address': `127.0.0.1:${settings.placementPort}`,
      'scheduler-host-address': `127.0.0.1:${settings.schedulerPort}`,
      config: settings.configFile,
    };
    pid = start(join(daprdFolder, 'daprd'), flagsOf({ ...flags, ...more }));
  }
  const ready = (): Promise<number> => send(http, 'POST', `/v1.0/actors/${type}/k0/method/save`, '').catch(() => 0);
  await eventually(`${name} serving actors`, ready, (status) => status === 200, 30_000);

  const rate = async (method: string): Promise<readonly number[]> => {
    const requests = { method: 'POST', path: `/v1.0/actors/${type}/{key}/method/${method}`, body: '{}', keys };
    const cpuBefore = cpuMs([pid]);
    const sample = await httpLoad({ protocol: 'http', port: http, callers, seconds: Number(values.seconds), requests });
    if (sample.failures > 0) throw new Error(`${name}: ${sample.failures} calls of ${method} failed`);
    const sorted = sample.timesMs.toSorted((a, b) => a - b);
    return [
      (sorted.length * 1000) / sample.elapsedMs,
      sorted[Math.floor(sorted.length / 2)] ?? 0,
      ((cpuMs([pid]) - cpuBefore) * 1000) / sorted.length,
    ];
  };
  const reminders = async (round: number): Promise<readonly number[]> => {
    const dueAt = new Map<string, number>();
    const names = Array.from({ length: reminderCount }, (_, at) => `r${round}-${at}`);
    const begun = performance.now();
    for (let at = 0; at < names.length; at += callers)
      await Promise.all(
        names.slice(at, at + callers).map(async (reminder, index) => {
          const path = `/v1.0/actors/${type}/k${at + index}/reminders/${reminder}`;
          dueAt.set(reminder, Date.now() + 2000);
          const status = await send(http, 'POST', path, '{"dueTime":"2s"}');
          if (status !== 204) throw new Error(`${name}: a reminder is ${status}`);
        }),
      );
    const perSecond = (names.length * 1000) / (performance.now() - begun);
    const count = (): Promise<number> => Promise.resolve(names.filter((reminder) => firedAt.has(reminder)).length);
    await eventually(`${name}: all reminders`, count, (all) => all === names.length, 30_000);
    const late = names.map((each) => (firedAt.get(each) ?? 0) - (dueAt.get(each) ?? 0)).toSorted((a, b) => a - b);
    return [perSecond, late[Math.floor(late.length / 2)] ?? 0, late[Math.floor(late.length * 0.99)] ?? 0];
  };
  return { name, rate, reminders };
}

// `no` is a Redis that only takes snapshots, such as that of dapr init.
const durability =
  values.fsync === 'no' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', values.fsync];
const redis = await startRedis(home, durability);
try {
  const resources = join(home, 'resources');
  mkdirSync(resources);
  const metadata = { redisHost: `localhost:${redis.port}`, redisPassword: '', actorStateStore: 'true' };
  writeFileSync(join(resources, 'statestore.yaml'), component('statestore', 'state.redis/v1', metadata));
  const candidates = [await startCandidate('ours', undefined, resources)];
  if (values.daprd !== undefined) candidates.push(await startCandidate('reference', values.daprd, resources));
  process.stdout.write(
    'round, sidecar: method/s, p50 ms, CPU µs | turn/s, p50 ms, CPU µs | reminders set/s, late p50, p99 ms\n',
  );
  for (let round = 1; round <= Number(values.rounds); round++)
    for (const { name, rate, reminders } of candidates) {
      const figures = [await rate('noop'), await rate('save'), await reminders(round)];
      const cells = figures.map((row) => row.map((value) => value.toFixed(value < 10 ? 2 : 0)).join(', '));
      process.stdout.write(`${round}, ${name}: ${cells.join(' | ')}\n`);
    }
} catch (cause) {
  process.exitCode = 1;
  process.stderr.write(`${String(cause)}\n`);
} finally {
  for (const child of started) child.kill('SIGKILL');
  await redis.stop();
  rmSync(home, { recursive: true, force: true });
  process.exit();
}
