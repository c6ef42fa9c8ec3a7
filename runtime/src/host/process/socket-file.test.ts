import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeStaleSocket } from './socket-file.ts';

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'socket-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test('removeStaleSocket: the socket of a killed process is removed', async () => {
  await using dir = await folder();
  const path = join(dir.path, 'stale.socket');
  const dying = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  assert.throws(() => execFileSync(process.execPath, ['-e', dying, path]));
  assert.deepEqual(await readdir(dir.path), ['stale.socket']);
  await removeStaleSocket(path);
  assert.deepEqual(await readdir(dir.path), []);
});

test('removeStaleSocket: a socket in use and other files stay, a missing file is ignored', async () => {
  await using dir = await folder();
  const [used, file] = [join(dir.path, 'used.socket'), join(dir.path, 'file')];
  await writeFile(file, 'mine');
  const server = createServer().listen(used);
  await once(server, 'listening');
  for (const path of [used, file, join(dir.path, 'nothing')]) await removeStaleSocket(path);
  assert.deepEqual((await readdir(dir.path)).sort(), ['file', 'used.socket']);
  server.close();
});
