import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';

const defaultFolder = '/tmp/dapr-components-sockets';

/**
 * The socket of the component for a type such as `state.ledger`: `ledger.sock` in the sockets folder. Undefined when the
 * socket or the folder does not exist.
 */
export async function findSocket(
  type: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const folder = env['DAPR_COMPONENTS_SOCKETS_FOLDER'] || defaultFolder;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const name = type.slice(type.indexOf('.') + 1);
  const socket = entries.find((entry) => entry.isSocket() && parse(entry.name).name.toLowerCase() === name);
  return socket && join(folder, socket.name);
}
