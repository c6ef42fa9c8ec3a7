import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Phase, phases } from './checks/phases.ts';
import { argumentsOrExit } from './launcher/command-line.ts';
import { root } from './launcher/folders.ts';
import { startReaper } from './launcher/reaper.ts';
import { StartError } from './servers/server.ts';
import { startTestServers, type TestServers } from './servers/test-servers.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const names = argumentsOrExit('test');
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const startedAt = Date.now();
const reaper = startReaper();
let servers: TestServers | undefined;
const total: Counts = { passed: 0, failed: 0, skipped: 0 };

async function main(): Promise<void> {
  const unknown = names.filter((name) => !phases.some((phase) => phase.name === name));
  if (unknown.length > 0)
    throw new StartError(
      `No phase is called ${unknown.join(', ')}.`,
      `Phases: ${phases.map(({ name }) => name).join(', ')}.`,
    );
  const rows: string[] = [];
  for (const phase of phases.filter(({ name }) => names.length === 0 || names.includes(name))) {
    print(`\n▸ ${phase.name}: ${phase.description}`);
    const begun = Date.now();
    const counts = await run(phase);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    const row = `${phase.name.padEnd(16)} ${String(counts.passed).padStart(5)} passed ${String(counts.failed).padStart(4)} failed ${String(counts.skipped).padStart(4)} skipped  ${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s`;
    print(`  ${row}`);
    rows.push(row);
  }
  print(`\nAfter ${((Date.now() - startedAt) / 1000).toFixed(0)} s:\n${rows.map((row) => `  ${row}`).join('\n')}\n`);
}

async function run(phase: Phase): Promise<Counts> {
  const env = {
    ...(phase.needsServers && (servers ??= await startTestServers({ note: (text) => print(`  ${text}`) })).env),
    ...(phase.showsOutput && { SHOW_OUTPUT: '1' }),
  };
  if (phase.command) return runCommand(phase);
  const files = (phase.files ?? [])
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !file.includes('node_modules'))
    .toSorted();
  const args = [
    '--test',
    '--test-timeout=120000',
    `--test-isolation=${phase.inOneProcess ? 'none' : 'process'}`,
    ...(phase.inOneProcess ? [] : ['--test-concurrency=1']),
    `--import=${join(root, 'infra/checks/open-handles.ts')}`,
    ...(phase.imports ?? []).map((file) => `--import=${join(root, file)}`),
    `--test-reporter=${join(root, 'infra/checks/counting-reporter.ts')}`,
    '--test-reporter-destination=stdout',
    ...files,
  ];
  let counts: Counts | undefined;
  const status = await runToEnd(process.execPath, args, phase.limitMs, { ...process.env, ...env }, (line) => {
    if (line.startsWith('@counts ')) counts = JSON.parse(line.slice('@counts '.length)) as Counts;
    else print(line);
  });
  // A runner that crashed before its last line has failed, whatever it had counted.
  if (!counts) return { passed: 0, failed: 1, skipped: 0 };
  if (status !== 0 && counts.failed === 0) {
    print(`  the runner ended with ${status} although no test failed`);
    return { ...counts, failed: 1 };
  }
  return counts;
}

async function runCommand({ command = [], limitMs }: Phase): Promise<Counts> {
  const [tool = '', ...args] = command;
  const lines: string[] = [];
  const status = await runToEnd(join(root, 'node_modules', '.bin', tool), args, limitMs, process.env, (line) =>
    lines.push(line),
  );
  if (status !== 0) for (const line of lines) print(`  ${line}`);
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

function runToEnd(
  file: string,
  args: readonly string[],
  limitMs: number,
  env: NodeJS.ProcessEnv,
  line: (text: string) => void,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    const pid = child.pid;
    if (pid !== undefined) reaper.watch(pid);
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', line);
    const timer = setTimeout(() => {
      line(`  not done after ${limitMs / 1000} s: ended`);
      try {
        if (pid !== undefined) process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
      } catch {
        // It has exited, and child processes in other groups hold its output open.
      }
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      resolve(1);
    }, limitMs);
    child.on('error', (error) => line(error.message));
    child.on('close', (code) => {
      clearTimeout(timer);
      if (pid !== undefined) reaper.forget(pid);
      resolve(code ?? 1);
    });
  });
}

async function cleanUp(): Promise<void> {
  await servers?.stop();
  reaper.close();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void cleanUp().then(() => process.exit(130)));

try {
  await main();
} catch (error) {
  total.failed++;
  if (error instanceof StartError) print(`\n✗ ${error.message}\n  Fix: ${error.fix}`);
  else print(`\n${error instanceof Error ? error.stack : String(error)}`);
}
await cleanUp();
print(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
process.exit(total.failed === 0 ? 0 : 1);
