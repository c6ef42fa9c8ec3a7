import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { rotatingLog } from './rotating-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'rotating-log-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('rotatingLog: a full file becomes .1, the oldest is removed, and no line is lost', async () => {
  const file = join(folder, 'order.log');
  const log = rotatingLog(file, { maxBytes: 100, olderFiles: 3 });
  for (let n = 0; n < 100; n++) log.write(`line ${String(n).padStart(4, '0')}`);
  await log.close();
  assert.deepEqual(readdirSync(folder).toSorted(), ['order.log', 'order.log.1', 'order.log.2', 'order.log.3']);
  const lines = [`${file}.3`, `${file}.2`, `${file}.1`, file].flatMap((name) =>
    readFileSync(name, 'utf8').trim().split('\n'),
  );
  assert.deepEqual(
    lines,
    Array.from({ length: lines.length }, (_, n) => `line ${String(100 - lines.length + n).padStart(4, '0')}`),
  );
  for (const name of readdirSync(folder)) assert.ok(statSync(join(folder, name)).size <= 110, name);
});

test('rotatingLog: an existing file is continued, and its size counts', async () => {
  const file = join(folder, 'cart.log');
  writeFileSync(file, `${'x'.repeat(120)}\n`);
  const log = rotatingLog(file, { maxBytes: 100, olderFiles: 1 });
  log.write('first');
  log.write('second');
  await log.close();
  assert.equal(readFileSync(file, 'utf8'), 'first\nsecond\n');
  assert.equal(readFileSync(`${file}.1`, 'utf8').trim(), 'x'.repeat(120));
});

test('rotatingLog: only the owner can read the files, including an existing one with a wider mode', async () => {
  const file = join(folder, 'catalog.log');
  writeFileSync(file, 'old\n');
  chmodSync(file, 0o644);
  const log = rotatingLog(file, { maxBytes: 5, olderFiles: 1 });
  for (const line of ['a', 'b', 'c', 'd']) log.write(line);
  await log.close();
  for (const name of [file, `${file}.1`]) assert.equal(statSync(name).mode & 0o777, 0o600, name);
});

test('rotatingLog: a file that cannot be rotated is still written, and rotated later', async () => {
  const inner = join(folder, 'inner');
  mkdirSync(inner);
  const file = join(inner, 'payment.log');
  const log = rotatingLog(file, { maxBytes: 10, olderFiles: 1 });
  log.write('twelve bytes');
  rmSync(inner, { recursive: true });
  for (const line of ['no folder', 'here', 'any more']) log.write(line);
  mkdirSync(inner);
  log.write('enough for another file');
  log.write('last');
  await log.close();
  assert.equal(readFileSync(file, 'utf8'), 'last\n');
});

test('rotatingLog: close: a second call resolves', { timeout: 5000 }, async () => {
  const log = rotatingLog(join(folder, 'twice.log'));
  log.write('line');
  await log.close();
  await log.close();
});
