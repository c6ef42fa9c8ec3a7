import { fileURLToPath } from 'node:url';
import { connect } from 'amqplib';
import { type ServerProcess, serverProcess } from '../server-process.testing.ts';

/** The path of a `rabbitmq-server`; empty without one. */
export const rabbitBinary = process.env.TEST_RABBITMQ_SERVER ?? '';

/** Arguments: the path of the server, a folder and three ports. Runs a node. */
const nodeScript = fileURLToPath(new URL('../../../../infra/servers/rabbitmq-node.sh', import.meta.url));

export async function testServer(): Promise<ServerProcess & { readonly url: string }> {
  const server = await serverProcess({
    name: 'rabbitmq',
    portCount: 3,
    command: (ports, folder) => ['/bin/sh', nodeScript, rabbitBinary, folder, ...ports.map(String)],
    connect: async (port) => await (await connect(`amqp://127.0.0.1:${port}`)).close(),
  });
  return { ...server, url: `amqp://${server.address}` };
}
