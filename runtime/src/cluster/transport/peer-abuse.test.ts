import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { fakeClock, settle } from '#core/fake-clock.ts';
import { noAuthentication } from './authentication.ts';
import { frameType, preface } from './frames.ts';
import { Link, defaultLinkLimits } from './link.ts';
import { invokeRequest, call, codeIs, echo, framed, listening, pair, until } from './peer-pair.testing.ts';
import { peerTransport } from './peer-transport.ts';

test('keep-alive: a silent peer is disconnected after two intervals', async () => {
  const deaf = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(preface());
  });
  await using at = await listening(deaf);
  const clock = fakeClock();
  const transport = peerTransport({ clock });
  const failing = assert.rejects(
    transport.request(call, at.address, invokeRequest()),
    codeIs('ERR_PEER_UNAVAILABLE', /nothing received for 30000 ms/),
  );
  await until(() => at.sockets.size === 1);
  await settle(20);
  await clock.tick(15_000);
  await clock.tick(15_000);
  await failing;
  await transport.close();
});

test('keep-alive: an idle connection stays open with pings', async () => {
  const release = Promise.withResolvers<void>();
  await using both = await pair(async (inner, request) => {
    await release.promise;
    return echo(inner, request);
  });
  const slow = both.request(invokeRequest());
  await settle(20);
  for (let i = 0; i < 10; i++) {
    await both.clock.tick(15_000);
    await settle(20);
  }
  release.resolve();
  assert.equal((await slow).status, 200);
});

test('peer server: a client of another protocol is named as such', async () => {
  const web = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await using at = await listening(web);
  const transport = peerTransport({ clock: fakeClock() });
  const text = /does not speak the sidecar protocol/;
  await assert.rejects(transport.request(call, at.address, invokeRequest()), codeIs('ERR_PEER_UNAVAILABLE', text));
  await transport.close();
});

test('peer server: garbage closes only its own connection', async () => {
  await using both = await pair(echo);
  const random = seededRandom(11);
  for (let i = 0; i < 60; i++) {
    const socket = connect({ host: '127.0.0.1', port: both.server.port });
    socket.on('error', () => undefined);
    const bytes = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random.random() * 256)));
    // half of them pass the handshake, and half of those look like frames of a valid length
    const begin = i % 2 === 0 ? [preface()] : [];
    if (i % 4 === 0) {
      bytes.writeUInt32BE(100);
      bytes[4] = i % 12;
    }
    socket.end(Buffer.concat([...begin, bytes]));
    socket.resume();
    await once(socket, 'close');
  }
  assert.equal((await both.request(invokeRequest())).status, 200);
});

test('flow control: a stream that exceeds its window closes its connection', async () => {
  await using both = await pair(() => new Promise(() => undefined));
  const socket = connect({ host: '127.0.0.1', port: both.server.port });
  socket.on('error', () => undefined);
  socket.resume();
  const closed = once(socket, 'close');
  const text = ['other', '', '', call.trace.traceId, call.trace.spanId, '', '', 'POST', '/x', ''].join('\0');
  const head = Buffer.alloc(12);
  head.writeUInt16BE(10, 2);
  head.writeUInt32BE(text.length, 4);
  head.writeUInt32BE(0xffffffff, 8);
  socket.write(Buffer.concat([preface(), framed(frameType.request, Buffer.concat([head, Buffer.from(text)]))]));
  for (let i = 0; i < 6; i++) socket.write(framed(frameType.data, Buffer.alloc(60_000)));
  await closed;
});

test('close: a connection whose other side does not read is closed within a second', async () => {
  const accepted = createServer();
  await using at = await listening(accepted);
  const clock = fakeClock();
  const silent = connect({ host: '127.0.0.1', port: Number(at.address.split(':')[1]) });
  silent.on('error', () => undefined);
  const [socket] = (await once(accepted, 'connection')) as [Socket];
  const options = { clock, limits: defaultLinkLimits, role: 'server', authentication: noAuthentication } as const;
  const link = new Link(socket, options, { frame() {}, closed() {} });
  link.writer.raw(Buffer.alloc(64 << 20));
  link.close('this sidecar is stopping');
  await settle(50);
  assert.equal(socket.destroyed, false, 'what was written may still be read');
  await clock.tick(1_000);
  assert.equal(socket.destroyed, true);
  silent.destroy();
});

test('peer server: calls beyond the limit of a connection are rejected as unavailable', async () => {
  const release = Promise.withResolvers<void>();
  await using both = await pair(async (inner, request) => (await release.promise, echo(inner, request)), {
    maxStreams: 2,
  });
  const replies = [both.request(invokeRequest()), both.request(invokeRequest())];
  await assert.rejects(both.request(invokeRequest()), codeIs('ERR_PEER_UNAVAILABLE', /2 calls under way/));
  release.resolve();
  for (const reply of await Promise.all(replies)) assert.equal(reply.status, 200);
});
