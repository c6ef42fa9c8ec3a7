import { type ServerProcess, serverProcess } from '../server-process.testing.ts';

/** The path of a `redis-server`; empty without one, which skips tests that kill a server. */
export const redisBinary = process.env.TEST_REDIS_SERVER ?? '';

/** It writes to its append-only file before it responds. */
export function testServer(more: readonly string[] = []): Promise<ServerProcess> {
  return serverProcess({
    name: 'redis',
    command: ([port], folder) => {
      const location = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
      return [redisBinary, ...location, '--appendonly', 'yes', '--save', '', ...more];
    },
  });
}
