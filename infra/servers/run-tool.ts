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
 * Runs a program until it exits and collects its output, without colours, which some tools always print. A program that
 * does not exist, or does not exit within the limit, has status -1.
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
      // 'close' would be emitted only after all its child processes have exited.
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
