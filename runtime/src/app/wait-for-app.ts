import { connect } from 'node:net';
import { type Clock, sleep } from '#core/clock.ts';

const pollMs = 100;
const probeMs = 1_000;

/**
 * Resolves when the app accepts a TCP connection at `address` (`host:port`), trying every 100 ms without a limit.
 * Rejects with the signal's reason when that comes first.
 */
export async function waitForApp(clock: Clock, address: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if (await acceptsConnection(clock, address)) return;
    await sleep(clock, pollMs, signal);
  }
}

/** Whether a TCP connection to `host:port` is accepted right now. */
export function acceptsConnection(clock: Clock, address: string): Promise<boolean> {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(address.slice(at + 1)) });
    const end = (isOpen: boolean): void => {
      cancel();
      // closed in order, each check would occupy a local port for a minute
      socket.resetAndDestroy();
      resolve(isOpen);
    };
    const cancel = clock.after(probeMs, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
