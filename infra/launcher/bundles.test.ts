import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { runTool } from '../servers/run-tool.ts';
import { topology } from '../topology.ts';
import { serviceArgs } from './bundle-programs.ts';
import { bundledFile, servicesBundle, sidecarBundle } from './bundles.ts';
import { freePort } from './ports.ts';
import { makeBundle } from './make-bundle.ts';

const noProgress = () => () => undefined;
const dist = mkdtempSync(join(tmpdir(), 'bundles-'));
after(() => rmSync(dist, { recursive: true, force: true }));

test('sidecarBundle: prints and rejects the same as the sources', async () => {
  const folder = await makeBundle(sidecarBundle, noProgress, join(dist, 'sidecar'));
  const program = bundledFile(folder, 'program');
  const { files } = JSON.parse(readFileSync(join(dist, 'sidecar/made-from.json'), 'utf8')) as { files: object };
  assert.ok('src/sidecar.ts' in files && !Object.keys(files).some((path) => path.endsWith('.test.ts')));
  const run = (...args: string[]) =>
    runTool(process.execPath, ['-e', `void require(${JSON.stringify(program)}).runProgram(${JSON.stringify(args)})`], {
      limitMs: 20_000,
    });
  assert.deepEqual(await run('--version'), { status: 0, output: '1.18.1\n' });
  assert.equal((await run('--no-such-flag')).status, 2);
  // A start up to the components: every lazily loaded part exists.
  const failed = await run('--app-id=bundled', '--resources-path=/no/such/folder');
  assert.equal(failed.status, 1);
  assert.match(failed.output, /no\/such\/folder/);
});

const settings = {
  PROVIDER_URL: 'http://127.0.0.1:9',
  PROVIDER_SECRET_KEY: 'secret-key',
  PROVIDER_PUBLISHABLE_KEY: 'publishable-key',
  PROVIDER_FINGERPRINT_SECRET: 'fingerprint secret',
  SESSION_SECRET: 'session secret of a test',
  STAFF_TOKEN: 'staff-token',
};

const serverUrl = process.env.TEST_DATABASE_URL ?? '';

describe('servicesBundle', { skip: serverUrl === '' && 'TEST_DATABASE_URL is not set' }, () => {
  const database = `bundle_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  let servicesFolder = '';
  before(async () => {
    servicesFolder = await makeBundle(servicesBundle, noProgress, join(dist, 'services'));
    await admin.connect();
    await admin.query(`create database ${database}`);
  });
  after(async () => {
    await admin.query(`drop database if exists ${database} with (force)`);
    await admin.end();
  });

  test('source maps: exist for our code only, since Node reads each map as it loads the file', () => {
    const maps = readdirSync(servicesFolder).filter((file) => file.endsWith('.map'));
    assert.ok(maps.includes('order.cjs.map'));
    for (const file of readdirSync(servicesFolder)) {
      const text = readFileSync(join(servicesFolder, file), 'utf8');
      if (file.endsWith('.map')) assert.doesNotMatch(text, /node_modules|"sourcesContent"/, file);
      else assert.equal(/^\/\/# sourceMappingURL=/m.test(text), maps.includes(`${file}.map`), file);
    }
  });

  for (const { app, main } of topology)
    test(`${app}: starts from the bundle, serves, and stops`, { timeout: 30_000 }, async () => {
      const port = await freePort();
      const databaseUrl = Object.assign(new URL(serverUrl), { pathname: `/${database}` }).href;
      const service = spawn(process.execPath, serviceArgs(app, main, { servicesFolder }), {
        env: { ...process.env, ...settings, APP_PORT: String(port), DATABASE_URL: databaseUrl },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        await printed(service, 'listening');
        const health = await fetch(`http://127.0.0.1:${port}/healthz`);
        assert.equal(health.status, 204);
        // Parts that are loaded later: the library of the metrics.
        const metrics = await fetch(`http://127.0.0.1:${port}/metrics`, {
          headers: { authorization: `Bearer ${settings.STAFF_TOKEN}` },
        });
        assert.match(await metrics.text(), /process_cpu/);
        service.kill('SIGTERM');
        const [code] = (await once(service, 'exit')) as [number | null];
        assert.equal(code, 0);
      } finally {
        service.kill('SIGKILL');
      }
    });
});

/** Resolves when the program prints a line with this text; rejects with all that it printed when it ends before. */
function printed(program: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!program.stdout) throw new Error('its output is not read');
    const lines: string[] = [];
    const input = createInterface({ input: program.stdout });
    input.on('line', (line) => {
      lines.push(line);
      if (line.includes(text)) resolve();
    });
    input.on('close', () => reject(new Error(`ended with ${program.exitCode}:\n${lines.join('\n')}`)));
  });
}
