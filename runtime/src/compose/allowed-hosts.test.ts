import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '#core/log.ts';
import { systemRandom } from '#host/process/random.ts';
import { systemClock } from '#host/process/clock.ts';
import { readConfig } from '#host/config/config.ts';
import { parseFlags } from '#host/config/flags.ts';
import { createSidecar } from '../sidecar.ts';

const host = '127.0.0.1';

/** A complete sidecar with all its ports. */
async function started(allowed: string | undefined, flagsToAdd: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'hosts-'));
  const env = {
    HOME: folder,
    OUTRIGGER_REGISTRY_DIR: join(folder, '.names'),
    ...(allowed === undefined ? {} : { OUTRIGGER_ALLOWED_HOSTS: allowed }),
  };
  const ports = ['dapr-http', 'dapr-grpc', 'dapr-internal-grpc', 'dapr-public', 'metrics'].map(
    (name) => `--${name}-port=0`,
  );
  const listen = ['dapr-public', 'metrics'].map((name) => `--${name}-listen-address=${host}`);
  const flags = ['--app-id=boat', `--dapr-listen-addresses=${host}`, ...ports, ...listen, ...flagsToAdd];
  const config = readConfig(parseFlags(flags), env);
  const sidecar = createSidecar(config, { clock: systemClock(), random: systemRandom(), log: silentLog, env });
  await sidecar.start();
  return {
    ports: sidecar.ports,
    async [Symbol.asyncDispose]() {
      await sidecar.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sends the lines verbatim and returns the status and the whole response. */
async function send(port: number | undefined, ...lines: string[]): Promise<{ status: number; text: string }> {
  const socket = connect({ host, port: port ?? 0 });
  socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => (text += part));
  await once(socket, 'close');
  return { status: Number(text.slice(9, 12)), text };
}

/** The status of a gRPC call with that authority. */
async function grpcStatus(port: number, authority: string): Promise<string> {
  const session = connectHttp2(`http://${host}:${port}`);
  try {
    const path = '/dapr.proto.runtime.v1.Dapr/GetMetadata';
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      ':authority': authority,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status = '';
    stream.on('trailers', (trailers) => (status = String(trailers['grpc-status'])));
    stream.on('response', (headers) => (status ||= String(headers['grpc-status'] ?? '')));
    stream.end(Buffer.alloc(5));
    stream.resume();
    await once(stream, 'close');
    return status;
  } finally {
    session.close();
  }
}

async function http2Status(port: number, authority: string): Promise<unknown> {
  const session = connectHttp2(`http://${host}:${port}`);
  const stream = session.request({ ':path': '/v1.0/metadata', ':authority': authority });
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  stream.resume();
  session.close();
  return headers[':status'];
}

test('OUTRIGGER_ALLOWED_HOSTS: a foreign Host gets 403 at every port, an allowed one passes', async () => {
  await using at = await started('127.0.0.1,localhost');
  const { http, grpc, public: open, metrics } = at.ports;
  for (const [port, path] of [
    [http, '/v1.0/metadata'],
    [http, '/v1.0/healthz/outbound'],
    [open, '/v1.0/metadata'],
    [metrics, '/metrics'],
  ] as const) {
    const foreign = await send(port, `GET ${path} HTTP/1.1`, 'Host: evil.example');
    assert.equal(foreign.status, 403, path);
    assert.match(foreign.text, /\{"errorCode":"ERR_HOST_NOT_ALLOWED","message":".*OUTRIGGER_ALLOWED_HOSTS/);
    const allowedHost = await send(port, `GET ${path} HTTP/1.1`, `Host: LOCALHOST.:${port}`);
    assert.ok(allowedHost.status === 200 || allowedHost.status === 204, `${path} ${allowedHost.status}`);
  }
  assert.equal(await grpcStatus(grpc, `localhost:${grpc}`), '0');
  assert.equal(await grpcStatus(grpc, 'evil.example'), '7');
  assert.equal(await http2Status(http, `localhost:${http}`), 200);
  assert.equal(await http2Status(http, 'evil.example'), 403);
});

test('OUTRIGGER_ALLOWED_HOSTS: absolute targets, two Hosts, HTTP/1.0 and an upgrade to HTTP/2 do not bypass it', async () => {
  await using at = await started('127.0.0.1,localhost');
  const { http } = at.ports;
  const status = async (...lines: string[]): Promise<number> => (await send(http, ...lines)).status;
  assert.equal(await status('GET http://evil.example/v1.0/metadata HTTP/1.1', 'Host: localhost'), 403);
  assert.equal(await status('GET http://localhost/v1.0/metadata HTTP/1.1', 'Host: evil.example'), 403);
  assert.equal(await status('GET http://localhost/v1.0/metadata HTTP/1.1', 'Host: localhost'), 200);
  assert.equal(await status('GET /v1.0/metadata HTTP/1.1', 'Host: localhost', 'Host: evil.example'), 403);
  assert.equal(await status('GET /v1.0/metadata HTTP/1.0'), 403);
  const upgrade = ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABk', 'Connection: Upgrade, HTTP2-Settings'];
  assert.equal(await status('GET /v1.0/metadata HTTP/1.1', 'Host: evil.example', ...upgrade), 403);
});

test('OUTRIGGER_ALLOWED_HOSTS: cross-site requests of web pages get 403, preflights and text/plain included', async () => {
  await using at = await started('127.0.0.1,localhost', ['--allowed-origins=http://shop.example']);
  const { http, public: open, metrics } = at.ports;
  const allowedHost = `Host: 127.0.0.1:${http}`;
  const preflight = 'Access-Control-Request-Method: POST';
  for (const foreign of ['Origin: http://evil.example', 'Origin: null', 'Sec-Fetch-Site: same-site']) {
    for (const target of ['GET /v1.0/healthz', 'GET /v1.0/metadata', 'OPTIONS /v1.0/state/store'])
      assert.equal(
        (await send(http, `${target} HTTP/1.1`, allowedHost, foreign, preflight)).status,
        403,
        `${target} ${foreign}`,
      );
    const body = ['Content-Type: text/plain', 'Content-Length: 0'];
    assert.equal(
      (await send(http, 'POST /v1.0/publish/pubsub/x HTTP/1.1', allowedHost, foreign, ...body)).status,
      403,
      foreign,
    );
    assert.equal((await send(open, 'GET /v1.0/metadata HTTP/1.1', allowedHost, foreign)).status, 403, foreign);
    assert.equal((await send(metrics, 'GET /metrics HTTP/1.1', allowedHost, foreign)).status, 403, foreign);
  }
  const preflighted = await send(
    http,
    'OPTIONS /v1.0/state/store HTTP/1.1',
    allowedHost,
    preflight,
    'Origin: http://evil.example',
  );
  assert.match(preflighted.text, /ERR_ORIGIN_NOT_ALLOWED/);
  assert.doesNotMatch(preflighted.text, /access-control-allow-origin/i);
  const allowed = ['Origin: http://shop.example', 'Sec-Fetch-Site: cross-site'];
  assert.equal((await send(http, 'GET /v1.0/metadata HTTP/1.1', allowedHost, ...allowed)).status, 200);
  assert.equal(
    (await send(http, 'OPTIONS /v1.0/state/store HTTP/1.1', allowedHost, preflight, ...allowed)).status,
    200,
  );
});

test('OUTRIGGER_ALLOWED_HOSTS: unset, any Host and Origin pass as before', async () => {
  for (const unset of [undefined, '']) {
    await using at = await started(unset);
    const { http, grpc, metrics } = at.ports;
    const foreign = ['Host: evil.example', 'Origin: null', 'Sec-Fetch-Site: cross-site'];
    assert.equal((await send(http, 'GET /v1.0/metadata HTTP/1.1', ...foreign)).status, 200);
    assert.equal((await send(metrics, 'GET /metrics HTTP/1.1', ...foreign)).status, 200);
    assert.equal(await grpcStatus(grpc, 'evil.example'), '0');
  }
});

test('OUTRIGGER_ALLOWED_HOSTS: an invalid host name is a start error', () => {
  const read = (text: string) => () => readConfig(parseFlags(['--app-id=boat']), { OUTRIGGER_ALLOWED_HOSTS: text });
  assert.throws(read('localhost,*'), /OUTRIGGER_ALLOWED_HOSTS: \* is not a host name/);
  assert.throws(read('http://localhost'), /is not a host name/);
  assert.throws(read(' , '), /names no host/);
  assert.deepEqual(read('LocalHost., [::1]:80 ,::1')().allowedHosts, ['localhost', '::1', '::1']);
});
