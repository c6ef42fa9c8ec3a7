import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runTool } from '../servers/run-tool.ts';
import { bundleSidecar } from './sidecar-bundle.ts';

test('the bundle says and refuses what the sources do, and is made once', async () => {
  const dist = mkdtempSync(join(tmpdir(), 'sidecar-bundle-'));
  try {
    let made = 0;
    const begin = () => (made++, () => undefined);
    await bundleSidecar(begin, dist);
    await bundleSidecar(begin, dist);
    assert.equal(made, 1);
    const { entry, files } = JSON.parse(readFileSync(join(dist, 'made-from.json'), 'utf8')) as {
      entry: string;
      files: Record<string, unknown>;
    };
    assert.ok('src/sidecar.ts' in files && !Object.keys(files).some((path) => path.endsWith('.test.ts')));
    const program = join(dist, entry);
    for (const file of readdirSync(join(program, '..')))
      assert.match(readFileSync(join(program, '..', file), 'latin1'), /^[\0-\x7f]*$/, file);
    const run = (...args: string[]) =>
      runTool(
        process.execPath,
        ['-e', `void require(${JSON.stringify(program)}).runProgram(${JSON.stringify(args)})`],
        {
          limitMs: 20_000,
        },
      );
    assert.deepEqual(await run('--version'), { status: 0, output: '1.18.1\n' });
    const refused = await run('--no-such-flag');
    assert.equal(refused.status, 2);
    // a whole start up to the components: every part that it loads is there
    const failed = await run('--app-id=bundled', '--resources-path=/no/such/folder');
    assert.equal(failed.status, 1);
    assert.match(failed.output, /no\/such\/folder/);
  } finally {
    rmSync(dist, { recursive: true, force: true });
  }
});
