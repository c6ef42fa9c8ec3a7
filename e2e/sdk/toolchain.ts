import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { userCache } from '../../infra/launcher/folders.ts';
import { runTool, type ToolOptions } from '../../infra/servers/run-tool.ts';
import { Missing } from './language.ts';

/** The output of the tool for these arguments; rejects with `Missing` when it is not installed or does not support them. */
export async function requireTool(tool: string, ...args: readonly string[]): Promise<string> {
  const { status, output } = await runTool(tool, args, { limitMs: 20_000 });
  if (status === 0) return output.trim();
  throw new Missing(status === -1 ? `no ${tool} on PATH` : `${tool} ${args.join(' ')} failed: ${lastLines(output)}`);
}

/** Runs a step of an installation. Rejects with `Missing` when its packages are unreachable. */
export async function runStep(tool: string, args: readonly string[], options: ToolOptions): Promise<void> {
  const { status, output } = await runTool(tool, args, options);
  if (status === 0) return;
  const reason = output.split('\n').find(isUnreachable);
  if (reason !== undefined) throw new Missing(`the packages cannot be fetched: ${basename(tool)}: ${reason.trim()}`);
  throw new Error(`${tool} ${args.join(' ')} failed: ${lastLines(output)}`);
}

/**
 * Messages of npm, pip, go and Maven for a registry that is unreachable, too slow, or denies access. An incompatible package,
 * or a program that does not compile, is a failure.
 */
function isUnreachable(line: string): boolean {
  return /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|name resolution|no such host|unknown host|connection (refused|timed out|reset)|network is unreachable|i\/o timeout|TLS handshake|NewConnectionError|ProxyError|proxy authentication|self.signed certificate|certificate verify failed|No matching distribution|ended after \d+ s|E40[1357]|\b(401|403|405|407|429|502|503|504) (Unauthorized|Forbidden|Method Not Allowed|Proxy|Too Many|Bad Gateway|Service Unavailable|Gateway)/i.test(
    line,
  );
}

const lastLines = (output: string): string => output.trim().split('\n').slice(-4).join(' ¶ ');

/**
 * A folder of the user's cache that is filled once. It is identified by the contents of the files `madeFrom`, such as a lock
 * file. The folder is moved after `fill`.
 */
export async function cachedFolder(
  name: string,
  madeFrom: readonly string[],
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  for (const file of madeFrom) hash.update(readFileSync(file)).update('\0');
  const folder = join(userCache(), 'sdk', `${name}-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    await fill(partial);
    mkdirSync(dirname(folder), { recursive: true });
    // Another run may have been faster: its folder is equivalent.
    if (!existsSync(folder)) renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}
