import { backoffDelay } from '#core/backoff.ts';
import type { Call } from '#core/call.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { type Log, silentLog } from '#core/log.ts';
import type { Reply } from '#core/message.ts';
import type { PeerAddress, PeerRequest, PeerTransport } from '#blocks/invoke/peers.ts';
import { peerUnavailable } from '#blocks/invoke/errors.ts';
import { type PeerAuthentication, noAuthentication } from './authentication.ts';
import { type LinkLimits, defaultLinkLimits } from './link.ts';
import { PeerConnection } from './peer-connection.ts';
import { rejectionLog } from './rejection-log.ts';

export interface PeerTransportOptions {
  readonly clock: Clock;
  /** Maximum size of a buffered body; streams have no limit. */
  readonly maxBodyBytes?: number;
  readonly limits?: LinkLimits;
  /** An unused connection is closed after this time. */
  readonly idleMs?: number;
  /** Authentication required before the first call; none when absent. */
  readonly authentication?: PeerAuthentication;
  readonly log?: Log;
}

const connectBackoff = { firstMs: 10, maxMs: 250 };
const addressPattern = /^.+:\d{1,5}$/;

interface Peer {
  connection: PeerConnection | undefined;
  connecting: Promise<PeerConnection> | undefined;
  /** In a row. */
  failures: number;
  /** In monotonic time. */
  notBefore: number;
}

/** Calls other sidecars, over one connection each, opened at the first call. */
export function peerTransport(options: PeerTransportOptions): PeerTransport {
  const { clock, maxBodyBytes = 64 * 1024 * 1024, limits = defaultLinkLimits, idleMs = 300_000 } = options;
  const { authentication = noAuthentication, log = silentLog } = options;
  const rejected = rejectionLog({ clock, log });
  const peers = new Map<PeerAddress, Peer>();
  const open = new Set<PeerConnection>();
  const closing = new AbortController();

  const retired = (peer: Peer, connection: PeerConnection): void => {
    if (peer.connection === connection) peer.connection = undefined;
  };

  const openConnection = async (address: PeerAddress, peer: Peer): Promise<PeerConnection> => {
    // back off from an unreachable peer; waiting callers share the next attempt and its result
    const waitMs = peer.notBefore - clock.monotonic();
    if (waitMs > 0) await sleep(clock, waitMs, closing.signal);
    const connection = new PeerConnection({
      address,
      clock,
      limits,
      authentication,
      maxBodyBytes,
      idleMs,
      unauthenticated: (reason) => rejected('authentication', { to: address, reason }),
      retired: (which) => {
        retired(peer, which);
        open.delete(which);
      },
    });
    open.add(connection);
    try {
      await connection.ready;
    } catch (cause) {
      peer.notBefore = clock.monotonic() + backoffDelay(++peer.failures, connectBackoff);
      throw cause;
    }
    peer.failures = 0;
    peer.connection = connection;
    return connection;
  };

  const connectionTo = (address: PeerAddress): Promise<PeerConnection> => {
    let peer = peers.get(address);
    if (!peer) {
      peer = { connection: undefined, connecting: undefined, failures: 0, notBefore: 0 };
      peers.set(address, peer);
    }
    const existing = peer;
    existing.connecting ??= openConnection(address, existing).finally(() => (existing.connecting = undefined));
    return existing.connecting;
  };

  const requestOnNew = async (call: Call, address: PeerAddress, request: PeerRequest): Promise<Reply> => {
    if (!addressPattern.test(address)) throw peerUnavailable(address, 'that is not an address of the form host:port');
    const connection = await unlessAborted(connectionTo(address), call.signal);
    return connection.request(call, request);
  };

  return {
    request(call, address, request) {
      if (call.signal.aborted) return Promise.reject(call.signal.reason as Error);
      if (closing.signal.aborted) return Promise.reject(peerUnavailable(address, 'this sidecar is stopping'));
      const connection = peers.get(address)?.connection;
      return connection ? connection.request(call, request) : requestOnNew(call, address, request);
    },
    abandon(address, purpose, reason) {
      for (const connection of open) if (connection.address === address) connection.abandon(purpose, reason);
    },
    close() {
      closing.abort(peerUnavailable('', 'this sidecar is stopping'));
      for (const connection of open) connection.close('this sidecar is stopping');
      peers.clear();
      return Promise.resolve();
    },
  };
}

/** The promise's outcome, unless the signal comes first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
