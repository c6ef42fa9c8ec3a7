import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { localStorageBinding } from './binding.ts';

const call = {
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

const open = (rootpath: string) => {
  const about = { name: 'files', type: 'bindings.localstorage', version: 'v1', appId: 'shop', namespace: '' };
  const dependencies = { log: silentLog, clock: fakeClock(), random: seededRandom() };
  return localStorageBinding({ ...about, ...dependencies, metadata: { rootpath } });
};

async function files() {
  const folder = await mkdtemp(join(tmpdir(), 'files-'));
  const root = join(folder, 'root');
  const binding = await open(root);
  const run = async (operation: string, fileName?: string, data = '') => {
    const metadata: Record<string, string> = fileName === undefined ? {} : { fileName };
    const reply = await binding.invoke(call, { operation, data: Buffer.from(data), metadata });
    return reply?.data ? Buffer.from(reply.data).toString() : undefined;
  };
  const readBack = (name: string): Promise<string> => readFile(join(root, name), 'utf8');
  return { folder, root, run, readBack, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

test('localstorage binding: creates, reads, lists and deletes files, and creates folders', async () => {
  await using it = await files();
  assert.equal(await it.run('create', 'd/e/x.txt', '"hello <>"'), '{"fileName":"d/e/x.txt"}');
  assert.equal(await it.run('get', 'd/e/x.txt'), 'hello <>');
  const made = JSON.parse((await it.run('create', undefined, '{"a":1}')) ?? '') as { fileName: string };
  assert.equal(await it.readBack(made.fileName), '{"a":1}');
  const listed = JSON.parse((await it.run('list')) ?? '') as string[];
  assert.deepEqual(listed.sort(), [join(it.root, made.fileName), join(it.root, 'd/e/x.txt')].sort());
  assert.equal(await it.run('delete', 'd/e/x.txt'), undefined);
  await assert.rejects(it.run('get', 'd/e/x.txt'), /file not found/);
});

test('localstorage binding: decodes base64, and writes null unchanged', async () => {
  await using it = await files();
  await it.run('create', 'b64', '"aGVsbG8="');
  await it.run('create', 'plain', '"hello"');
  await it.run('create', 'none', 'null');
  assert.deepEqual(
    [await it.readBack('b64'), await it.readBack('plain'), await it.readBack('none')],
    ['hello', 'hello', 'null'],
  );
});

test('localstorage binding: a name cannot leave the folder, neither by .. nor by a link', async () => {
  await using it = await files();
  await writeFile(join(it.folder, 'secret'), 'outside');
  await symlink(it.folder, join(it.root, 'link'));
  await assert.rejects(it.run('get', '../secret'), /file not found/);
  await assert.rejects(it.run('get', '/../../secret'), /file not found/);
  await assert.rejects(it.run('get', 'link/secret'), /leads out of rootPath/);
  await assert.rejects(it.run('create', 'link/new', 'x'), /leads out of rootPath/);
  await assert.rejects(it.run('get', 'a\0b'), /NUL/);
  await it.run('create', '../inside', 'x');
  assert.equal(await it.readBack('inside'), 'x');
});

test('localstorage binding: invalid requests and folders are errors', async () => {
  await using it = await files();
  await assert.rejects(it.run('get', ''), /error reading file/);
  await assert.rejects(it.run('delete', ''), /error deleting file/);
  await assert.rejects(it.run('list', 'none'), /error getting stats/);
  await it.run('create', 'f', 'x');
  await assert.rejects(it.run('list', 'f'), /not a directory/);
  await assert.rejects(open(''), /rootPath is missing/);
  await assert.rejects(open('/etc/x'), /a folder that does not belong to the system/);
});
