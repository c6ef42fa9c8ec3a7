import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../infra/launcher/folders.ts';
import { freePort } from '../../infra/launcher/ports.ts';
import { pause, readRunning, type StoreUnderTest } from './store.ts';

/** A folder and a port for a store that is restarted. */
export interface StoreHome {
  /** Of the launcher: data, logs, `running.json` and `secrets.json`. */
  readonly folder: string;
  start(args?: readonly string[]): Promise<RestartableStore>;
  remove(): void;
}

export interface RestartableStore extends StoreUnderTest {
  /** Sends the signal to the launcher and resolves when it has exited; the data stays. */
  end(signal: 'SIGINT' | 'SIGKILL'): Promise<void>;
}

const pace = { GRACE_SECONDS: '1', FULFILMENT_SECONDS: '0.3', PROVIDER_SLOW_MS: '1000', RATE_LIMIT_FACTOR: '1000' };

export async function newStoreHome(env: Readonly<Record<string, string>> = {}): Promise<StoreHome> {
  const outer = mkdtempSync(join(tmpdir(), 'tidewater-'));
  // Root runs Postgres as another user, who must be able to traverse the folder.
  chmodSync(outer, 0o755);
  const folder = join(outer, 'store');
  const port = await freePort();
  return {
    folder,
    start: (args = []) => start(folder, port, args, env),
    remove: () => rmSync(outer, { recursive: true, force: true }),
  };
}

async function start(
  folder: string,
  port: number,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RestartableStore> {
  const child = spawn(
    process.execPath,
    [join(root, 'infra/start.ts'), '--home', folder, '--port', String(port), ...args],
    {
      cwd: root,
      env: { ...process.env, ...pace, ...env, OUTRIGGER_EXIT_WITH_PARENT: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  let hasExited = false;
  const exited = new Promise<void>((resolve) =>
    child.on('exit', () => {
      hasExited = true;
      resolve();
    }),
  );
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await exited;
    clearTimeout(timer);
  };
  for (const limit = Date.now() + 120_000; !output.includes('is open after'); await pause(50)) {
    if (!hasExited && Date.now() < limit) continue;
    await end('SIGKILL');
    throw new Error(`the store did not start:\n${output}`);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    running: () => readRunning(join(folder, 'running.json')),
    output: () => output,
    stop: () => end('SIGTERM'),
    end,
  };
}
