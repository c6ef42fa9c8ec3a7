import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runTool } from '../servers/run-tool.ts';
import { StartError } from '../servers/server.ts';
import { type Bundle, bundledFile } from './bundles.ts';
import { makeBundle } from './make-bundle.ts';

const greet =
  "export const greet = (name: string): string => {\n  if (name === '') throw new Error('no name');\n  return `Grüße, ${name}`;\n};\n";

/** Two small programs that share a file. */
function programs() {
  const home = mkdtempSync(join(tmpdir(), 'bundle-'));
  mkdirSync(join(home, 'src'));
  const write = (name: string, text: string): void => writeFileSync(join(home, 'src', name), text);
  write('greet.ts', greet);
  write('greet.test.ts', 'not read');
  write('first.ts', "import { greet } from './greet.ts';\nprocess.stdout.write(greet('first'));\n");
  write('second.ts', "import { greet } from './greet.ts';\ngreet('');\n");
  const bundle: Bundle = {
    name: 'programs',
    entries: { first: join(home, 'src/first.ts'), second: join(home, 'src/second.ts') },
    sources: [home],
    home,
    hasSourceMaps: true,
  };
  let begun = 0;
  return {
    home,
    write,
    make: () => makeBundle(bundle, () => (begun++, () => undefined)),
    timesMade: () => begun,
    run: (folder: string, entry: string) =>
      runTool(process.execPath, ['--enable-source-maps', bundledFile(folder, entry)], { limitMs: 20_000 }),
    [Symbol.dispose]: () => rmSync(home, { recursive: true }),
  };
}

test('makeBundle: programs run from the bundle, and stack traces name the TypeScript files', async () => {
  using it = programs();
  const folder = await it.make();
  assert.deepEqual(await it.run(folder, 'first'), { status: 0, output: 'Grüße, first' });
  const failed = await it.run(folder, 'second');
  assert.equal(failed.status, 1);
  assert.match(failed.output, /at .*greet \(.*src\/greet\.ts:2:\d+\)/);
  assert.match(failed.output, /src\/second\.ts:2:\d+/);
});

test('makeBundle: code files contain ASCII only', async () => {
  using it = programs();
  const folder = await it.make();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cjs')))
    assert.match(readFileSync(join(folder, file), 'latin1'), /^[\0-\x7f]*$/, file);
});

test('makeBundle: builds once, and again after a change of a source but not of a test', async () => {
  using it = programs();
  const folder = await it.make();
  it.write('greet.test.ts', 'another');
  assert.equal(await it.make(), folder);
  assert.equal(it.timesMade(), 1);
  it.write('first.ts', "process.stdout.write('changed');\n");
  const changed = await it.make();
  assert.equal(it.timesMade(), 2);
  assert.notEqual(changed, folder);
  assert.equal((await it.run(changed, 'first')).output, 'changed');
  assert.ok(existsSync(folder), 'programs that run may still load parts of the one before');
});

test('makeBundle: a removed bundle is built again', async () => {
  using it = programs();
  rmSync(await it.make(), { recursive: true });
  assert.ok(existsSync(bundledFile(await it.make(), 'second')));
});

test('makeBundle: a failure names the sources and leaves no files behind', async () => {
  using it = programs();
  it.write('greet.ts', 'export const greet = (');
  await assert.rejects(it.make(), (error) => {
    assert.ok(error instanceof StartError);
    assert.match(error.message, /^The programs cannot be bundled: [^]*greet\.ts/);
    return true;
  });
  assert.deepEqual(readdirSync(join(it.home, 'dist')), []);
  it.write('greet.ts', greet);
  assert.ok(existsSync(await it.make()));
});

test('makeBundle: of six versions the newest five stay', async () => {
  using it = programs();
  const folders: string[] = [];
  for (let version = 1; version <= 6; version++) {
    it.write('first.ts', `process.stdout.write('${'x'.repeat(version)}');\n`);
    folders.push(await it.make());
  }
  assert.deepEqual(folders.map((folder) => existsSync(folder)).filter(Boolean).length, 5);
  assert.ok(existsSync(folders[5] ?? ''));
});
