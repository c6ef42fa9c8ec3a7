import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { fakeClock, settle } from '#core/fake-clock.ts';
import { type Log, silentLog } from '#core/log.ts';
import { authenticationMethod, nonceBytes, sharedSecret } from './authentication.ts';
import { frameType, preface } from './frames.ts';
import { invokeRequest, call, codeIs, echo, framed, listening, pair, until } from './peer-pair.testing.ts';
import { peerTransport } from './peer-transport.ts';

const secret = 'a secret that all sidecars share';
const withSecret = (text = secret, seed = 1) =>
  sharedSecret({ secret: text, hex: (bytes) => seededRandom(seed++).hex(bytes) });

function recording(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const warn = (fields: object, message: string): void => void lines.push(`${JSON.stringify(fields)} ${message}`);
  const log = { ...silentLog, warn, lines, scoped: () => log };
  return log;
}

/** A server that requires the secret, and how many calls reached its handler. */
async function guarded(client: Parameters<typeof pair>[2] = {}) {
  const log = recording();
  const seen = { calls: 0 };
  const both = await pair(
    (inner, request) => (seen.calls++, echo(inner, request)),
    {
      authentication: withSecret(secret, 100),
      log,
    },
    client,
  );
  return { both, log, seen };
}

/** What a server sends to a client that writes these bytes, until it closes the connection. */
async function talk(port: number, steps: (received: Buffer) => Buffer | undefined): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  let received = Buffer.alloc(0);
  const next = (): void => {
    const bytes = steps(received);
    if (bytes) socket.write(bytes);
  };
  socket.on('connect', next);
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    next();
  });
  await once(socket, 'close');
  return received;
}

const method = authenticationMethod.sharedSecret;
const greeting = preface(method);
/** A request that would be handled if it were read. */
const request = framed(frameType.request, Buffer.alloc(64));
const clientProof = (client: Buffer, server: Buffer, role = 'client'): Buffer =>
  createHmac('sha256', secret)
    .update(`outrigger peer authentication 1\0${role}\0`)
    .update(client)
    .update(server)
    .digest();

test('peer authentication: two sidecars with the same secret call each other', async () => {
  const { both, log } = await guarded({ authentication: withSecret() });
  await using _ = both;
  assert.equal((await both.request(invokeRequest())).status, 200);
  assert.deepEqual(log.lines, []);
});

test('peer authentication: another secret is rejected on both sides, without the secret in any line', async () => {
  const clientLog = recording();
  const { both, log, seen } = await guarded({
    authentication: withSecret('another secret of some length'),
    log: clientLog,
  });
  await using _ = both;
  await assert.rejects(
    both.request(invokeRequest()),
    codeIs('ERR_PEER_UNAVAILABLE', /both sides need the same OUTRIGGER_PEER_SECRET/),
  );
  await until(() => log.lines.length > 0);
  assert.match(log.lines[0] ?? '', /peer-unauthenticated.*does not know the shared secret/);
  assert.match(clientLog.lines[0] ?? '', /peer-unauthenticated.*during authentication/);
  assert.equal(seen.calls, 0);
  assert.doesNotMatch([...log.lines, ...clientLog.lines].join('\n'), /all sidecars share|another secret/);
});

test('peer authentication: a client without a secret is rejected, and both sides log what to set', async () => {
  const clientLog = recording();
  const { both, log, seen } = await guarded({ log: clientLog });
  await using _ = both;
  await assert.rejects(both.request(invokeRequest()), codeIs('ERR_PEER_UNAVAILABLE', /set OUTRIGGER_PEER_SECRET here/));
  await until(() => log.lines.length > 0);
  assert.match(log.lines[0] ?? '', /does not authenticate itself and this sidecar requires it/);
  assert.match(clientLog.lines[0] ?? '', /requires authentication and this sidecar has no secret/);
  assert.equal(seen.calls, 0);
});

test('peer authentication: a client with a secret does not call a server without one', async () => {
  const log = recording();
  await using both = await pair(echo, { log }, { authentication: withSecret() });
  await assert.rejects(both.request(invokeRequest()), codeIs('ERR_PEER_UNAVAILABLE', /does not authenticate itself/));
  await until(() => log.lines.length > 0);
  assert.match(log.lines[0] ?? '', /this sidecar has no secret/);
});

test('peer authentication: no frame is handled before the proof, at any position', async () => {
  const { both, seen } = await guarded();
  await using _ = both;
  const nonce = Buffer.alloc(nonceBytes, 7);
  const attempts = [
    Buffer.concat([greeting, request]),
    Buffer.concat([greeting, nonce, request, request]),
    Buffer.concat([preface(), request]),
    Buffer.concat([greeting, nonce, Buffer.alloc(32), request]),
  ];
  for (const bytes of attempts) await talk(both.server.port, (received) => (received.length === 0 ? bytes : undefined));
  assert.equal(seen.calls, 0);
});

test('peer authentication: a recorded proof is invalid on another connection', async () => {
  const { both, seen } = await guarded();
  await using _ = both;
  const nonce = Buffer.alloc(nonceBytes, 7);
  let recorded: Buffer | undefined;
  const attempt = (): Promise<Buffer> =>
    talk(both.server.port, (received) => {
      if (received.length === 0) return Buffer.concat([greeting, nonce]);
      if (received.length > 8 + nonceBytes) return Buffer.alloc(20, 255);
      const isFirst = recorded === undefined;
      recorded ??= clientProof(nonce, received.subarray(8, 8 + nonceBytes));
      return isFirst ? recorded : Buffer.concat([recorded, request]);
    });
  assert.equal(
    (await attempt()).length,
    8 + nonceBytes + 32,
    'the first time it is right, and the server proves itself',
  );
  assert.equal((await attempt()).length, 8 + nonceBytes, 'the second time the server proves nothing');
  assert.equal(seen.calls, 0);
});

test('peer authentication: a reflected proof of the server is invalid', async () => {
  const { both, seen } = await guarded();
  await using _ = both;
  // the server's nonce reflected as the client's nonce
  const received = await talk(both.server.port, (bytes) => {
    if (bytes.length === 8 + nonceBytes) return Buffer.concat([bytes, bytes.subarray(8)]);
    return undefined;
  });
  assert.equal(received.length, 8 + nonceBytes);
  const asServer = await talk(both.server.port, (bytes) => {
    if (bytes.length !== 8 + nonceBytes) return undefined;
    const nonce = bytes.subarray(8);
    return Buffer.concat([bytes, clientProof(nonce, nonce, 'server')]);
  });
  assert.equal(asServer.length, 8 + nonceBytes, 'a proof of the other role');
  assert.equal(seen.calls, 0);
});

test('peer authentication: a server that reflects everything is not accepted as a sidecar', async () => {
  const mirror = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  await using at = await listening(mirror);
  const transport = peerTransport({ clock: fakeClock(), authentication: withSecret() });
  const text = /does not know the shared secret/;
  await assert.rejects(transport.request(call, at.address, invokeRequest()), codeIs('ERR_PEER_UNAVAILABLE', text));
  await transport.close();
});

test('peer authentication: garbage after the preface closes only its own connection', async () => {
  const { both, seen } = await guarded({ authentication: withSecret() });
  await using _ = both;
  const random = seededRandom(5);
  for (let i = 0; i < 40; i++) {
    const bytes = Buffer.from(random.hex(64 + Math.floor(random.random() * 100)), 'hex');
    await talk(both.server.port, (received) => (received.length === 0 ? Buffer.concat([greeting, bytes]) : undefined));
  }
  assert.equal(seen.calls, 0);
  assert.equal((await both.request(invokeRequest())).status, 200);
});

test('peer authentication: a peer that stalls before its proof is closed at the handshake timeout', async () => {
  const { both, log } = await guarded();
  await using _ = both;
  const greetingAndNonce = Buffer.concat([greeting, Buffer.alloc(nonceBytes), Buffer.alloc(31)]);
  const sockets = [0, 5, 8, 20, 40, 71].map((length) => {
    const socket = connect({ host: '127.0.0.1', port: both.server.port });
    socket.on('error', () => undefined).resume();
    if (length > 0) socket.write(greetingAndNonce.subarray(0, length));
    return socket;
  });
  const closed = sockets.map((socket) => once(socket, 'close'));
  await settle(200);
  await both.clock.tick(5_000);
  await Promise.all(closed);
  assert.match(log.lines[0] ?? '', /within 5000 ms/);
  assert.equal(log.lines.length, 1, 'one line for all of them');
});

test('peer authentication: bytes that arrive one by one are parsed all the same', async () => {
  const { both } = await guarded();
  await using _ = both;
  const nonce = Buffer.alloc(nonceBytes, 3);
  const socket = connect({ host: '127.0.0.1', port: both.server.port, noDelay: true });
  let received = Buffer.alloc(0);
  socket.on('data', (bytes: Buffer) => (received = Buffer.concat([received, bytes])));
  const drip = async (bytes: Buffer): Promise<void> => {
    for (const byte of bytes) {
      socket.write(Buffer.from([byte]));
      await settle(1);
    }
  };
  await drip(Buffer.concat([greeting, nonce]));
  await until(() => received.length === 8 + nonceBytes);
  await drip(clientProof(nonce, received.subarray(8)));
  await until(() => received.length === 8 + nonceBytes + 32);
  assert.deepEqual(received.subarray(-32), clientProof(nonce, received.subarray(8, 40), 'server'));
  socket.destroy();
});

test('peer authentication: rejections are logged once in ten seconds, with a count', async () => {
  const { both, log } = await guarded();
  await using _ = both;
  const knock = (): Promise<Buffer> =>
    talk(both.server.port, (received) => (received.length === 0 ? preface() : undefined));
  for (let i = 0; i < 5; i++) await knock();
  assert.equal(log.lines.length, 1);
  await both.clock.tick(10_000);
  await knock();
  assert.equal(log.lines.length, 2);
  assert.match(log.lines[1] ?? '', /"suppressed":4/);
});
