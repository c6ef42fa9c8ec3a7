import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { misplaced } from '../checks/anatomy.ts';
import { root } from '../launcher/folders.ts';
import { serviceFiles } from './service-files.ts';
import { serviceName } from './service-name.ts';
import { serviceWiring } from './service-wiring.ts';

const edits = serviceWiring(serviceName('gift-cards'), 7999);
const files = [...new Set(edits.map(({ file }) => file))];
const original = (file: string): string => readFileSync(join(root, file), 'utf8');
const added = (file: string): string =>
  edits.filter((edit) => edit.file === file).reduce((text, edit) => edit.add(text), original(file));

for (const file of files) {
  test(`serviceWiring: ${file} names the service once added, and is the same again once it is removed`, () => {
    const text = added(file);
    assert.match(text, /gift-cards/);
    const mine = edits.filter((edit) => edit.file === file);
    assert.equal(
      mine.reduce((current, edit) => edit.add(current), text),
      text,
      'a second run must change nothing',
    );
    assert.equal(
      mine.toReversed().reduce((current, edit) => edit.remove(current), text),
      original(file),
    );
  });
}

test('serviceFiles: names the service in its manifest, its start and its route', () => {
  const all = serviceFiles(serviceName('gift-cards'));
  assert.match(all['services/gift-cards/package.json'] ?? '', /"@tidewater\/gift-cards"/);
  assert.match(all['services/gift-cards/src/main.ts'] ?? '', /name: 'gift-cards', build: giftCardsService/);
  assert.match(all['services/gift-cards/src/routes.ts'] ?? '', /'\/gift-cards\/:orderId'/);
});

test('serviceFiles: have the anatomy of a service', () => {
  const sources = Object.keys(serviceFiles(serviceName('gift-cards'))).filter((file) => file.endsWith('.ts'));
  assert.deepEqual(
    sources.map(misplaced).filter((problem) => problem !== undefined),
    [],
  );
  const folders = new Set(sources.map((file) => file.split('/')[3]));
  for (const name of ['main.ts', 'service.ts', 'routes.ts', 'domain', 'queries', 'consumers', 'schema'])
    assert.ok(folders.has(name), name);
});

test('serviceName: rejects what cannot be an app id, a folder and an identifier', () => {
  assert.deepEqual(serviceName('gift-cards'), { app: 'gift-cards', identifier: 'giftCards' });
  for (const text of ['', 'Reviews', 'a_b', '-a', 'a-', 'a--b', '1a', '../x', 'ä', 'a'.repeat(31), 'kit', 'x-sidecar'])
    assert.throws(() => serviceName(text), { name: 'StartError' }, text);
  assert.throws(() => serviceName(undefined), /missing/);
});
