import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { Call } from '#core/call.ts';
import { RuntimeError } from '#core/errors.ts';
import { type FakeClock, fakeClock, settle } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import type { Body, Reply } from '#core/message.ts';
import type { PeerHandler, PeerRequest, PeerTransport } from '#blocks/invoke/peers.ts';
import { type PeerServer, type PeerServerOptions, peerServer } from './peer-server.ts';
import { type PeerTransportOptions, peerTransport } from './peer-transport.ts';

export const call: Call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true, state: 'a=b' },
  signal: new AbortController().signal,
  baggage: 'user=42',
};

export const echo: PeerHandler = (_call, { message }) =>
  Promise.resolve({ status: 200, headers: message.headers, body: message.body });

export function invokeRequest(body: Body = Buffer.from('hi'), headers: readonly string[] = []): PeerRequest {
  return { purpose: 'invoke', appId: 'other', message: { verb: 'POST', path: '/x', query: 'q=1', headers, body } };
}

export class Pair implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly server: PeerServer;
  readonly transport: PeerTransport;

  constructor(clock: FakeClock, server: PeerServer, more: Partial<PeerTransportOptions> = {}) {
    this.clock = clock;
    this.server = server;
    this.transport = peerTransport({ clock, maxBodyBytes: 8 * 1024 * 1024, ...more });
  }

  request(request: PeerRequest, signal = call.signal): Promise<Reply> {
    return this.transport.request({ ...call, signal }, this.server.address, request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close();
    await this.server.close(0).catch(() => undefined);
  }
}

export async function pair(
  handler: PeerHandler,
  options: Partial<PeerServerOptions> = {},
  client: Partial<PeerTransportOptions> = {},
): Promise<Pair> {
  const clock = fakeClock();
  const listen = { host: '127.0.0.1', port: 0 };
  const server = await peerServer({
    listen,
    handler,
    clock,
    log: silentLog,
    maxBodyBytes: 8 * 1024 * 1024,
    ...options,
  });
  return new Pair(clock, server, client);
}

export async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 5_000 && !isTrue(); i++) await settle(1);
  assert.ok(isTrue(), 'it did not come to that');
}

export const codeIs =
  (code: string, text = /./) =>
  (cause: unknown): boolean =>
    cause instanceof RuntimeError && cause.kind.code === code && text.test(cause.message);

export function framed(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(10);
  header.writeUInt32BE(payload.length);
  header[4] = type;
  header.writeUInt32BE(1, 6);
  return Buffer.concat([header, payload]);
}

export interface Listening extends AsyncDisposable {
  readonly address: string;
  readonly sockets: ReadonlySet<Socket>;
}

export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  assert.ok(at !== null && typeof at === 'object');
  return {
    address: `127.0.0.1:${at.port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
