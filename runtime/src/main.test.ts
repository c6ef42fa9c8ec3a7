import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const main = join(import.meta.dirname, 'main.mjs');

interface Ended {
  readonly code: number | null;
  readonly out: string;
}

interface Running {
  readonly pid: number;
  /** Resolves with the first match in the output. */
  written(pattern: RegExp): Promise<RegExpMatchArray>;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

async function bench() {
  const folder = await mkdtemp(join(tmpdir(), 'main-'));
  const running: Running[] = [];
  const start = (args: readonly string[], command = [process.execPath, main]): Running => {
    const env = {
      OUTRIGGER_REGISTRY_DIR: join(folder, 'names'),
      OUTRIGGER_EXIT_WITH_PARENT: '1',
      PATH: process.env['PATH'],
    };
    const [file = '', ...first] = command;
    const child = spawn(file, [...first, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    const waiting = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => {
        out += part.toString('utf8');
        for (const check of waiting) check();
      });
    const ended = once(child, 'close').then(() => ({ code: child.exitCode, out }));
    const one: Running = {
      pid: child.pid ?? 0,
      ended,
      kill: (signal) => void child.kill(signal),
      written: (pattern) =>
        new Promise((resolve, reject) => {
          const check = (): void => {
            const match = pattern.exec(out);
            if (match) resolve(match);
          };
          waiting.add(check);
          check();
          void ended.then(() => reject(new Error(`it ended without writing ${pattern}: ${out}`)));
        }),
    };
    running.push(one);
    return one;
  };
  return {
    folder,
    start,
    sidecar: (...more: readonly string[]) =>
      start([
        '--app-id=cart',
        '--dapr-http-port=0',
        '--dapr-grpc-port=0',
        '--metrics-port=0',
        '--dapr-listen-addresses=127.0.0.1',
        ...more,
      ]),
    async [Symbol.asyncDispose]() {
      for (const one of running) one.kill('SIGKILL');
      await Promise.all(running.map((one) => one.ended));
      await rm(folder, { recursive: true });
    },
  };
}

test('--version: prints the Dapr version', async () => {
  await using fixture = await bench();
  assert.deepEqual(await fixture.start(['--version']).ended, { code: 0, out: '1.18.1\n' });
});

test('unknown flag: exit code 2 and the nearest known flag', async () => {
  await using fixture = await bench();
  const { code, out } = await fixture.start(['--app-idd', 'x']).ended;
  assert.equal(code, 2);
  assert.match(out, /^unknown flag: --app-idd \(did you mean --app-id\?\)/);
});

test('start error: one fatal log line and exit code 1', async () => {
  await using fixture = await bench();
  await writeFile(
    join(fixture.folder, 'bad.yaml'),
    'kind: Component\nmetadata: {name: s}\nspec: {type: state.nosuch}\n',
  );
  const { code, out } = await fixture.sidecar('--resources-path', fixture.folder).ended;
  assert.equal(code, 1);
  assert.match(
    out,
    /level=fatal msg="Fatal error from runtime: process component s error: couldn't find state\.nosuch\/v1/,
  );
});

test('port in use: exit code 1 and the flag to change', async () => {
  await using fixture = await bench();
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const { code, out } = await fixture.sidecar(`--dapr-http-port=${port}`).ended;
  holder.close();
  assert.equal(code, 1);
  assert.match(
    out,
    new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: another process holds that port.*--dapr-http-port`),
  );
});

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  test(`${signal}: graceful stop with exit code 0`, async () => {
    await using fixture = await bench();
    const sidecar = fixture.sidecar();
    await sidecar.written(/Status: Running/);
    sidecar.kill(signal);
    const { code, out } = await sidecar.ended;
    assert.equal(code, 0);
    assert.match(out, /Daprd shutdown gracefully/);
  });

test('POST /v1.0/shutdown: responds, then exits with 0, or 1 when forced', async () => {
  await using fixture = await bench();
  for (const [headers, expected] of [
    [{ a: 'b' }, 0],
    [{ 'dapr-force-shutdown': 'true' }, 1],
  ] as const) {
    const sidecar = fixture.sidecar();
    const [, port] = await sidecar.written(/Status: Running.* http=(\d+)/);
    const response = await fetch(`http://127.0.0.1:${port}/v1.0/shutdown`, { method: 'POST', headers });
    assert.equal(response.status, 204);
    assert.equal((await sidecar.ended).code, expected);
  }
});

test('OUTRIGGER_EXIT_WITH_PARENT: ends when its parent is killed', { skip: process.platform === 'win32' }, async () => {
  await using fixture = await bench();
  const args = [
    main,
    '--app-id=cart',
    '--dapr-http-port=0',
    '--dapr-grpc-port=0',
    '--metrics-port=0',
    '--dapr-listen-addresses=127.0.0.1',
  ];
  const script = `require('node:child_process').spawn(process.execPath, ${JSON.stringify(args)}, { stdio: 'inherit' })`;
  const parent = fixture.start([], [process.execPath, '-e', script]);
  await parent.written(/Status: Running/);
  parent.kill('SIGKILL');
  // the output closes only when the grandchild has exited too
  assert.match((await parent.ended).out, /Received signal 'loss of the parent process'/);
});
