import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

export interface ToolResult {
  readonly status: number;
  readonly output: string;
}

export interface ToolOptions {
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly limitMs: number;
}

/**
 * Runs a program to its end and keeps what it printed, without colours: some tools paint whatever they are told. A program that is not there, or not done within the limit, has
 * status -1.
 */
export function runTool(file: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    const timer = setTimeout(() => {
      output += `\n(ended after ${options.limitMs / 1000} s)`;
      child.kill('SIGKILL');
      // 'close' would come only when everything that it has started has ended as well.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      resolve({ status: -1, output: stripVTControlCharacters(output) });
    }, options.limitMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ status: -1, output: error.message });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ status: code ?? -1, output: stripVTControlCharacters(output) });
    });
  });
}
