import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { PatternTest } from './patterns-page.ts';

export interface TestRun {
  readonly passed: number;
  readonly failed: number;
  readonly output: string;
}

const limitMs = 60_000;

/** Runs one test in a copy of the tree, in a process with its Node. */
export async function runTest(tree: string, { file, testName }: PatternTest, env: NodeJS.ProcessEnv): Promise<TestRun> {
  const args = [
    '--test',
    '--test-timeout=20000',
    // Without the pattern something may stay open.
    '--test-force-exit',
    '--test-reporter=spec',
    ...(testName === undefined ? [] : [`--test-name-pattern=/${escapePattern(testName)}/`]),
    join(tree, file),
  ];
  const child = spawn(process.execPath, args, {
    cwd: tree,
    env: { ...env, NODE_TEST_CONTEXT: undefined, FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const stop = (): void => void child.kill('SIGKILL');
  process.on('exit', stop);
  await new Promise((resolve) => child.on('close', resolve));
  process.off('exit', stop);
  clearTimeout(timer);
  const count = (name: string): number => Number(new RegExp(`^ℹ ${name} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  return { passed: count('pass'), failed: count('fail') + count('cancelled'), output };
}

/** The part of a run's output about the failed tests. */
export function failureText(output: string, maxLines: number): string {
  const lines = (output.split('✖ failing tests:')[1] ?? output)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !noise.test(line));
  return lines.slice(0, maxLines).join('\n');
}

/** Frames of Node and of packages, and members of errors that repeat the message or are undefined. */
const noise =
  /^\s+at .*(?:node:|node_modules)|^ {4}(?:generatedMessage|operator|diff|length|severity|code: 'ERR_ASSERTION')|: undefined,?$/;

const escapePattern = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
