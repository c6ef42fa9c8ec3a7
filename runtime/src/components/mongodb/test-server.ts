import { MongoClient } from 'mongodb';
import { type ServerProcess, serverProcess } from '../server-process.testing.ts';

/** A Python program that runs the server; without it tests that kill a server are skipped. */
const program = process.env.TEST_MONGODB_SERVER ?? '';
export const skipWithoutServer = program === '' ? 'TEST_MONGODB_SERVER is not set' : false;

/** Its data survives SIGKILL. */
export function testServer(more: readonly string[] = []): Promise<ServerProcess> {
  return serverProcess({
    name: 'mongodb',
    command: ([port], folder) => {
      const location = ['--host', '127.0.0.1', '--port', String(port), '--storage-path', folder];
      return ['python3', program, ...location, '--cache-size', '64M', '--log-level', 'ERROR', ...more];
    },
    async connect(port) {
      const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, { serverSelectionTimeoutMS: 1000 });
      try {
        await client.connect();
      } finally {
        await client.close();
      }
    },
  });
}
