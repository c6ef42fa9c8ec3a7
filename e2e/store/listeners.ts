import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Listener {
  readonly pid: number;
  /** As the system writes it, such as `127.0.0.1` or `::`. */
  readonly address: string;
  readonly port: number;
}

/** The process and all its descendants. */
export function withDescendants(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = textOf(`/proc/${name}/stat`);
    // The program's name may contain spaces and brackets.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    parents.set(Number(name), parent);
  }
  const result = [pid];
  for (const each of result) for (const [child, parent] of parents) if (parent === each) result.push(child);
  return result;
}

/** Listening sockets of the processes, read from /proc. */
export function listenersOf(pids: readonly number[]): readonly Listener[] {
  const sockets = new Map([...tableOf('/proc/net/tcp'), ...tableOf('/proc/net/tcp6')]);
  const result = pids.flatMap((pid) =>
    filesOf(pid).flatMap((link) => {
      const socket = sockets.get(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '');
      return socket ? [{ pid, ...socket }] : [];
    }),
  );
  return result.toSorted((a, b) => a.port - b.port);
}

function tableOf(file: string): readonly (readonly [inode: string, { address: string; port: number }])[] {
  return textOf(file)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A')
    .map((fields) => {
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      return [fields[9] ?? '', { address: addressOf(address), port: Number.parseInt(port, 16) }] as const;
    });
}

/** Groups of four bytes, each little-endian. */
function addressOf(digits: string): string {
  const bytes = (digits.match(/.{8}/g) ?? []).flatMap((group) => [...Buffer.from(group, 'hex').reverse()]);
  if (bytes.length === 4) return bytes.join('.');
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (isMapped) return bytes.slice(12).join('.');
  const isShort = bytes.slice(0, 15).every((byte) => byte === 0);
  return isShort ? (bytes[15] === 1 ? '::1' : '::') : Buffer.from(bytes).toString('hex');
}

function filesOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((name) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${name}`);
      } catch {
        return '';
      }
    });
  } catch {
    return [];
  }
}

/** Empty for a process that has exited meanwhile. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
