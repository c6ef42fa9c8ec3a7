import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { freePort } from '../../infra/launcher/ports.ts';
import { root } from '../../infra/launcher/folders.ts';
import { readRunningFile } from '../../infra/launcher/running-file.ts';
import type { RunningFile } from '../../infra/launcher/running-file.ts';
import { removeWhenInterrupted } from './interrupted.ts';

/** What `running.json` holds once the servers run. */
export type Running = RunningFile & Required<Pick<RunningFile, 'servers'>>;

/** Throws while the file is not there, half-written or without the servers. */
export function readRunning(file: string): Running {
  const { servers, ...rest } = readRunningFile(file);
  if (!servers) throw new Error(`${file} has no servers yet`);
  return { ...rest, servers };
}

export interface StoreUnderTest {
  readonly url: string;
  /** Read from the file at each call: process ids change when a program is restarted. */
  readonly running: () => Running;
  /** The output of the launcher. */
  output(): string;
  stop(): Promise<void>;
}

export interface StoreSettings {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Short enough for a test, long enough to observe each status; without effective request limits. */
const testSettings = {
  GRACE_SECONDS: '2.5',
  FULFILMENT_SECONDS: '0.8',
  PROVIDER_SLOW_MS: '2500',
  WATCHDOG_SECONDS: '2',
  RATE_LIMIT_FACTOR: '1000',
};

/** Starts the whole store as `npm start` does, in a new folder, and waits until the storefront serves. */
export async function startStore(settings: StoreSettings = {}): Promise<StoreUnderTest> {
  const home = mkdtempSync(join(tmpdir(), 'tidewater-'));
  // Root runs Postgres as another user, who must be able to traverse the folder.
  chmodSync(home, 0o755);
  const cancelRemoval = removeWhenInterrupted(home);
  const runningFile = join(home, 'store', 'running.json');
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [join(root, 'infra/start.ts'), '--home', join(home, 'store'), '--port', String(port), ...(settings.args ?? [])],
    {
      cwd: root,
      env: { ...process.env, ...testSettings, ...settings.env, OUTRIGGER_EXIT_WITH_PARENT: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  let exit: number | null | undefined;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const exited = new Promise<void>((resolve) =>
    child.on('exit', (code) => {
      exit = code;
      resolve();
    }),
  );
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await exited;
    clearTimeout(timer);
    cancelRemoval();
    rmSync(home, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (const end = Date.now() + 120_000; !output.includes('is open after');) {
    if (exit !== undefined || Date.now() > end) {
      await stop();
      throw new Error(`the store did not start (${exit === undefined ? 'after 120 s' : `exit ${exit}`}):\n${output}`);
    }
    await pause(50);
  }
  return { url, running: () => readRunning(runningFile), output: () => output, stop };
}

let shared: Promise<StoreUnderTest> | undefined;
after(async () => (await shared?.catch(() => undefined))?.stop());

/**
 * The store that the test files of one run share: that of STORE_HOME (the folder of a running launcher), else one that is
 * started now and stopped after the last test of the process.
 */
export function sharedStore(): Promise<StoreUnderTest> {
  return (shared ??= process.env.STORE_HOME ? attach(process.env.STORE_HOME) : startStore());
}

function attach(home: string): Promise<StoreUnderTest> {
  const file = join(home, 'running.json');
  if (!existsSync(file)) throw new Error(`STORE_HOME=${home}: no store is running there`);
  const running = (): Running => readRunning(file);
  return Promise.resolve({
    url: running().urls.storefront ?? '',
    running,
    output: () => '',
    stop: () => Promise.resolve(),
  });
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Reads until the value is as expected; on timeout the error has the last value. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T>,
  isDone: (value: T) => boolean,
  limitMs = 30_000,
): Promise<T> {
  let last: unknown = 'nothing';
  for (const end = Date.now() + limitMs; Date.now() < end; await pause(60)) {
    try {
      const value = await read();
      if (isDone(value)) return value;
      last = value;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
  }
  throw new Error(`${what} did not happen within ${limitMs / 1000} s; last seen: ${JSON.stringify(last)}`);
}
