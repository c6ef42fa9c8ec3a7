import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './launcher/folders.ts';

/** Runs npm start's program in its own process group, as a terminal does, until it exits. */
async function start(env: NodeJS.ProcessEnv, onOutput?: (output: string, stop: () => void) => void) {
  const home = mkdtempSync(join(tmpdir(), 'start-'));
  const child = spawn(process.execPath, [join(root, 'infra/start.ts'), '--home', home], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: '', NATS_URL: '', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const stop = (): void => void process.kill(-(child.pid ?? 0), 'SIGINT');
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      output += data.toString();
      onOutput?.(output, stop);
    });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  rmSync(home, { recursive: true, force: true });
  return { code, output };
}

test('npm start: Ctrl-C while a tool runs is reported as such, not as a failure of the tool', async () => {
  let isStopped = false;
  const { code, output } = await start({}, (text, stop) => {
    if (isStopped || !text.includes('preparing a new database')) return;
    isStopped = true;
    stop();
  });
  assert.equal(code, 1, output);
  assert.match(output, /✗ Stopped by SIGINT while starting\./);
  assert.doesNotMatch(output, /initdb|DATABASE_URL/);
});

test('npm start: a service that cannot use its configuration ends the start with its reason', async () => {
  const { code, output } = await start({ TRUST_PROXY: 'banana', OUTRIGGER_FROM_SOURCE: '1' });
  assert.equal(code, 1, output);
  assert.match(output, /✗ storefront cannot start: TRUST_PROXY is banana\. Set it to true/);
  assert.doesNotMatch(output, /starting it again/);
});
