import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import { silentLog } from '#core/log.ts';
import { Dapr } from '#gen/dapr/proto/runtime/v1/dapr_pb.ts';
import { systemRandom } from '#host/process/random.ts';
import { systemClock } from '#host/process/clock.ts';
import { readConfig } from '#host/config/config.ts';
import { parseFlags } from '#host/config/flags.ts';
import { reservePorts } from '#host/process/reserved-ports.ts';
import { createSidecar } from '../sidecar.ts';

const sockets = ['dapr-boat-grpc.socket', 'dapr-boat-http.socket'];

async function bench() {
  const folder = await mkdtemp(join(tmpdir(), 'servers-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

function boat(folder: string, more: readonly string[] = []) {
  const env = { HOME: folder, OUTRIGGER_REGISTRY_DIR: join(folder, '.names') };
  const flags = ['--app-id=boat', '--dapr-http-port=0', '--dapr-grpc-port=0', '--dapr-internal-grpc-port=0'];
  const local = ['--enable-metrics=false', '--dapr-internal-grpc-listen-address=127.0.0.1'];
  const config = readConfig(parseFlags([...flags, ...local, `--unix-domain-socket=${folder}`, ...more]), env);
  return createSidecar(config, { clock: systemClock(), random: systemRandom(), log: silentLog, env });
}

async function statusOf(socketPath: string, path: string): Promise<number | undefined> {
  const outgoing = request({ socketPath, path, agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

async function appIdBehind(socketPath: string): Promise<string> {
  const { input, output, name } = Dapr.method.getMetadata;
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure());
  const response = await new Promise<{ readonly id: string }>((resolve, reject) =>
    client.makeUnaryRequest(
      `/${Dapr.typeName}/${name}`,
      (message: Uint8Array) => Buffer.from(message),
      (bytes: Buffer) => fromBinary(output, bytes),
      toBinary(input, create(input)),
      (error, metadata) => (metadata ? resolve(metadata) : reject(error ?? new Error('no response'))),
    ),
  ).finally(() => client.close());
  return response.id;
}

test('--unix-domain-socket: both APIs listen on Unix sockets, whose files are removed on stop', async () => {
  await using at = await bench();
  const sidecar = boat(at.folder);
  await sidecar.start();
  assert.deepEqual([sidecar.ports.http, sidecar.ports.grpc], [0, 0]);
  assert.equal(await statusOf(join(at.folder, 'dapr-boat-http.socket'), '/v1.0/healthz'), 204);
  assert.equal(await appIdBehind(join(at.folder, 'dapr-boat-grpc.socket')), 'boat');
  await sidecar.stop();
  assert.deepEqual(await socketsIn(at.folder), []);
});

test('--unix-domain-socket: a stale socket file of a killed sidecar does not block the next start', async () => {
  await using at = await bench();
  const dying = `for (const path of process.argv.slice(1)) require('node:net').createServer().listen(path);
    setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGKILL')))`;
  assert.throws(() => execFileSync(process.execPath, ['-e', dying, ...sockets], { cwd: at.folder }));
  assert.deepEqual(await socketsIn(at.folder), sockets);
  const sidecar = boat(at.folder);
  await sidecar.start();
  assert.equal(await statusOf(join(at.folder, 'dapr-boat-http.socket'), '/v1.0/healthz'), 204);
  await sidecar.stop();
});

test('--unix-domain-socket: a missing folder is a start error', async () => {
  await using at = await bench();
  await assert.rejects(
    boat(at.folder, [`--unix-domain-socket=${join(at.folder, 'no')}`]).start(),
    /the HTTP API cannot listen on .*dapr-boat-http\.socket: /,
  );
});

test('openServers: every server listens on its reserved port, and again without a reservation', async () => {
  await using at = await bench();
  const host = '127.0.0.1';
  const listening = ['http', 'grpc', 'internal', 'public', 'metrics'].map(() => createServer().listen(0, host));
  await Promise.all(listening.map((server) => once(server, 'listening')));
  const [http = 0, grpc = 0, internal = 0, open = 0, metrics = 0] = listening.map(
    (server) => (server.address() as AddressInfo).port,
  );
  await Promise.all(listening.map((server) => server[Symbol.asyncDispose]()));
  const flags = [
    `--dapr-http-port=${http}`,
    `--dapr-grpc-port=${grpc}`,
    `--dapr-internal-grpc-port=${internal}`,
    `--dapr-public-port=${open}`,
    `--metrics-port=${metrics}`,
    `--dapr-listen-addresses=${host}`,
    ...['dapr-internal-grpc', 'dapr-public', 'metrics'].map((of) => `--${of}-listen-address=${host}`),
  ];
  const env = { HOME: at.folder, OUTRIGGER_REGISTRY_DIR: join(at.folder, '.names') };
  const reservedPorts = reservePorts(['--app-id=boat', ...flags], env);
  const config = readConfig(parseFlags(['--app-id=boat', ...flags]), env);
  const dependencies = { clock: systemClock(), random: systemRandom(), log: silentLog, env, reservedPorts };
  for (const round of ['first', 'second']) {
    const sidecar = createSidecar(config, dependencies);
    await sidecar.start();
    const expected = { http, grpc, internal, public: open, metrics };
    assert.deepEqual({ ...sidecar.ports }, expected, round);
    for (const port of Object.values(expected))
      assert.deepEqual(reservedPorts.take({ host, port }), { host, port }, round);
    assert.equal((await fetch(`http://${host}:${metrics}/metrics`)).status, 200);
    assert.equal((await fetch(`http://${host}:${open}/v1.0/healthz`)).status, 204);
    await sidecar.stop();
  }
});

async function socketsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.socket')).sort();
}
