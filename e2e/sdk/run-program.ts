import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { startReaper } from '../../infra/launcher/reaper.ts';
import { type Exercise, exerciseReader } from './exercise-lines.ts';
import type { Program } from './language.ts';

export interface Run {
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
  /** Gets every line that is not about an exercise. */
  readonly noise: (line: string) => void;
}

/** Runs a program and yields each completed exercise; the last one is the exit of the program. */
export async function* runProgram({ file, args, cwd, env }: Program, run: Run): AsyncGenerator<Exercise> {
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env, ...run.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group, so that its child processes end with it.
    detached: process.platform !== 'win32',
  });
  const reaper = startReaper();
  const { pid } = child;
  const kill = (): void => {
    if (pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  };
  if (pid !== undefined) reaper.watch(pid);
  const ending = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(signal ?? `code ${code}`));
  });
  const timer = setTimeout(() => {
    run.noise(`not done after ${run.limitMs / 1000} s: ended`);
    kill();
  }, run.limitMs);
  createInterface({ input: child.stderr }).on('line', run.noise);
  let hasFailed = false;
  const note = (exercises: readonly Exercise[]): readonly Exercise[] => {
    hasFailed ||= exercises.some(({ failure }) => failure !== undefined);
    return exercises;
  };
  try {
    const reader = exerciseReader();
    for await (const line of createInterface({ input: child.stdout })) {
      const exercises = reader.line(line);
      if (!/^(not )?ok |^1\.\.\d+$/.test(line)) run.noise(line);
      yield* note(exercises);
    }
    yield* note(reader.end());
    const name = 'the program: exits, with 0 when all exercises passed';
    const end = await ending;
    const failure =
      /^code (?!0$)/.test(end) && hasFailed ? undefined : end === 'code 0' && !hasFailed ? undefined : end;
    yield failure === undefined ? { name } : { name, failure: `ended with ${failure}` };
  } finally {
    clearTimeout(timer);
    kill();
    if (pid !== undefined) reaper.forget(pid);
    reaper.close();
  }
}
