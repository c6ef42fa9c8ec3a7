import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type Reaper, startReaper } from './reaper.ts';
import { type ProgramSpec, type Supervised, supervise } from './supervised.ts';

let folder = '';
let reaper: Reaper;
let program: Supervised | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervised-'));
  reaper = startReaper();
});
afterEach(async () => {
  await program?.stop(2000);
  reaper.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script, and collects what the supervisor reports. */
function run(script: string, more: Partial<ProgramSpec> = {}) {
  const file = join(folder, 'program.mjs');
  writeFileSync(file, script);
  const lines: string[] = [];
  const exits: unknown[][] = [];
  let next = Promise.withResolvers<void>();
  const spec = { name: 'program', file: process.execPath, args: [file], cwd: folder, ...more };
  const supervised = supervise(spec, join(folder, 'program.log'), reaper, {
    onLine(_name, text) {
      lines.push(text);
      next.resolve();
    },
    onExit(_name, how, delayMs, lastLines, code) {
      exits.push([how, delayMs, lastLines, code]);
      next.resolve();
    },
    onRestart() {},
  });
  program = supervised;
  supervised.start();
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      next = Promise.withResolvers();
      await next.promise;
    }
  };
  return { file, lines, exits, supervised, until };
}

const forever = "console.log('up ' + process.pid); setInterval(() => {}, 1000);";

test('supervise: a restart is a new process and reports no exit', async () => {
  const it = run(forever);
  await it.until(() => it.lines.length === 1);
  const first = it.supervised.pid;
  await it.supervised.restart(2000);
  await it.until(() => it.lines.length === 2);
  assert.notEqual(it.supervised.pid, first);
  assert.deepEqual(it.exits, []);
});

test('supervise: a program with waitsForChange is started by restart only, and its last lines are reported', async () => {
  const it = run("console.log('no such name'); process.exit(3);", { waitsForChange: true });
  await it.until(() => it.exits.length === 1);
  assert.deepEqual(it.exits, [['ended with code 3', undefined, ['no such name'], 3]]);
  assert.equal(it.supervised.pid, undefined);
  writeFileSync(it.file, forever);
  await it.supervised.restart(2000);
  await it.until(() => it.lines.length === 2);
  assert.notEqual(it.supervised.pid, undefined);
});

test('supervise: after stop a restart starts nothing', async () => {
  const it = run("import { writeFileSync } from 'node:fs'; writeFileSync('up-' + process.pid, ''); " + forever);
  await it.until(() => it.lines.length === 1);
  await it.supervised.stop(2000);
  await it.supervised.restart(2000);
  assert.equal(it.supervised.pid, undefined);
  assert.ok(existsSync(it.file));
});
