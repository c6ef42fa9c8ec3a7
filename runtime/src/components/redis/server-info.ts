import { isErrorReply } from './errors.ts';
import type { RedisLink } from './connection.ts';

/** The fields of the command INFO. Empty when the command is not allowed. */
export type ServerInfo = ReadonlyMap<string, string>;

export async function readServerInfo(link: RedisLink): Promise<ServerInfo> {
  try {
    const text = await link.read((client) => client.info());
    return new Map(
      text.split('\r\n').map((line): [string, string] => [before(line), line.slice(before(line).length + 1)]),
    );
  } catch (cause) {
    if (isErrorReply(cause, 'NOPERM') || isErrorReply(cause, 'ERR')) return new Map();
    throw cause;
  }
}

/** The major version; 0 when it is unknown. */
export function versionOf(info: ServerInfo): number {
  return Number.parseInt(info.get('redis_version') ?? '0', 10) || 0;
}

export function replicasOf(info: ServerInfo): number {
  return Number(info.get('connected_slaves') ?? 0) || 0;
}

function before(line: string): string {
  const at = line.indexOf(':');
  return at < 0 ? line : line.slice(0, at);
}
