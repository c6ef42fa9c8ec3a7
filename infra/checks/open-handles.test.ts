import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';

const files = {
  'closes.test.ts': `
import { test } from 'node:test';
test('closes', () => {});
`,
  'leaks.test.ts': `
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
test('leaks', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  setInterval(() => {}, 1000);
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
});
`,
};

/** Runs the files as `npm test` does. */
async function run(isolation: string, names: readonly (keyof typeof files)[]) {
  const folder = await mkdtemp(join(tmpdir(), 'open-handles-'));
  try {
    await Promise.all(names.map((name) => writeFile(join(folder, name), files[name])));
    const { NODE_TEST_CONTEXT: _of, ...env } = process.env;
    const child = spawn(
      process.execPath,
      [
        '--test',
        `--test-isolation=${isolation}`,
        `--import=${join(root, 'infra/checks/open-handles.ts')}`,
        `--test-reporter=${join(root, 'infra/checks/counting-reporter.ts')}`,
        '--test-reporter-destination=stdout',
        ...names,
      ],
      { cwd: folder, env: { ...env, TEST_END_LIMIT_MS: '300' }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const [out, err, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { status: status as number, output: out + err };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

for (const isolation of ['none', 'process']) {
  test(`test runner: with isolation ${isolation}, a file that leaves handles open is named and fails`, async () => {
    const { status, output } = await run(isolation, ['closes.test.ts', 'leaks.test.ts']);
    assert.equal(status, 1);
    assert.match(output, /this process still runs 0\.3 s after its last test/);
    for (const kind of ['server', 'timer', 'program'])
      assert.match(output, new RegExp(`leaks\\.test\\.ts:\\d+: left a ${kind} open`));
    assert.doesNotMatch(output, /closes\.test\.ts/);
    assert.match(output, /@counts \{"passed":2/);
  });

  test(`test runner: with isolation ${isolation}, files that close everything end at once`, async () => {
    const { status, output } = await run(isolation, ['closes.test.ts']);
    assert.equal(status, 0);
    assert.doesNotMatch(output, /✗/);
  });
}
