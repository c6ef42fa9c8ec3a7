import { lstat, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';

const connectTimeoutMs = 1000;

/**
 * Removes the file of a Unix socket without a listener, as a killed sidecar leaves it. A socket in use and any other
 * file stay, so that listening there fails.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  if ((await isSocket(path)) && (await isStale(path))) await rm(path, { force: true });
}

async function isSocket(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSocket();
  } catch {
    // no file; listening reports other problems
    return false;
  }
}

function isStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const finish = (stale: boolean): void => {
      socket.destroy();
      resolve(stale);
    };
    socket.setTimeout(connectTimeoutMs, () => finish(false));
    socket.once('connect', () => finish(false));
    socket.once('error', (error) => finish('code' in error && error.code === 'ECONNREFUSED'));
  });
}
