import { spawnSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { root } from '../../infra/launcher/folders.ts';

export const machineName = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform} ${process.arch}`;

export const currentCommit = (): string => firstLine('git', ['rev-parse', '--short', 'HEAD']);

/** The first line that a command prints. */
export function firstLine(file: string, args: readonly string[]): string {
  const { stdout } = spawnSync(file, args, { cwd: root, encoding: 'utf8' });
  return stdout?.split('\n')[0]?.trim() ?? '';
}
