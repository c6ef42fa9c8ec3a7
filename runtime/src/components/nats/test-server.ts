import { connect } from '@nats-io/transport-node';
import { type ServerProcess, serverProcess } from '../server-process.testing.ts';

/** JetStream's files survive SIGKILL. */
export async function testServer(
  binary: string,
  login?: { readonly user: string; readonly pass: string },
): Promise<ServerProcess & { readonly url: string }> {
  const server = await serverProcess({
    name: 'jetstream',
    command: ([port], folder) => {
      const secured = login ? ['--user', login.user, '--pass', login.pass] : [];
      return [binary, '-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder, ...secured];
    },
    connect: async (port) =>
      await (await connect({ servers: `nats://127.0.0.1:${port}`, timeout: 500, ...login })).close(),
  });
  return { ...server, url: `nats://${server.address}` };
}
