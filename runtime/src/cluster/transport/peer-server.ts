import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import type { Cancel, Clock } from '#core/clock.ts';
import type { ListenAddress } from '#core/listen-address.ts';
import type { Log } from '#core/log.ts';
import type { PeerAddress, PeerHandler } from '#blocks/invoke/peers.ts';
import { type PeerAuthentication, noAuthentication } from './authentication.ts';
import { type LinkLimits, defaultLinkLimits } from './link.ts';
import { rejectionLog } from './rejection-log.ts';
import { ServedConnection } from './served-connection.ts';

export interface PeerServerOptions {
  readonly listen: ListenAddress;
  readonly handler: PeerHandler;
  readonly clock: Clock;
  readonly log: Log;
  /** Maximum size of a buffered body; streams have no limit. */
  readonly maxBodyBytes?: number;
  readonly maxConnections?: number;
  /** Maximum number of concurrent calls on one connection; more are rejected as unavailable. */
  readonly maxStreams?: number;
  readonly limits?: LinkLimits;
  /** Authentication required before the first frame is read; none when absent. */
  readonly authentication?: PeerAuthentication;
}

export interface PeerServer {
  readonly address: PeerAddress;
  readonly port: number;
  /** Accepts no new calls, waits for running ones (at most `drainMs`), then closes. */
  close(drainMs: number): Promise<void>;
}

/** Listens for other sidecars. Rejects when the address cannot be bound. */
export async function peerServer(options: PeerServerOptions): Promise<PeerServer> {
  const { listen, clock, log, handler, limits = defaultLinkLimits } = options;
  const { maxBodyBytes = 64 * 1024 * 1024, maxConnections = 1024, maxStreams = 8192 } = options;
  const { authentication = noAuthentication } = options;
  const rejected = rejectionLog({ clock, log });
  const connections = new Set<ServedConnection>();
  let onIdle: (() => void) | undefined;

  const server = createServer((socket: Socket) => {
    const from = `${socket.remoteAddress}:${socket.remotePort}`;
    if (connections.size >= maxConnections) {
      log.warn({ from, maxConnections }, 'too many connections from other sidecars, one was rejected');
      socket.destroy();
      return;
    }
    const connection = new ServedConnection(socket, {
      from,
      self: `${socket.localAddress}:${socket.localPort}`,
      handler,
      clock,
      limits,
      authentication,
      rejected: (fault, reason) => rejected(fault, { from, reason }),
      maxBodyBytes,
      maxStreams,
      idle: () => onIdle?.(),
      closed: (which) => {
        connections.delete(which);
        onIdle?.();
      },
    });
    connections.add(connection);
  });
  await listening(server, listen);
  const { port } = server.address() as AddressInfo;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;

  const drained = (drainMs: number): Promise<void> =>
    new Promise((resolve) => {
      if (drainMs <= 0) return resolve();
      let cancel: Cancel | undefined;
      onIdle = () => {
        for (const { streams } of connections) if (streams > 0) return;
        cancel?.();
        onIdle = undefined;
        resolve();
      };
      cancel = clock.after(drainMs, () => {
        onIdle = undefined;
        resolve();
      });
      onIdle();
    });

  return {
    address: `${host}:${port}`,
    port,
    async close(drainMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.goAway();
      await drained(drainMs);
      for (const connection of connections) connection.close('this sidecar is stopping');
      await closed;
    },
  };
}

function listening(server: Server, listen: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
