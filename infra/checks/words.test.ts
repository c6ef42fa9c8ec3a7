import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../launcher/folders.ts';
import { areaOf, countByArea, withoutTexts, wordsIn, wordUses } from './words.ts';

const limits = JSON.parse(readFileSync(join(import.meta.dirname, 'word-limits.json'), 'utf8')) as Record<
  string,
  number
>;
const files = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});

test('words: no area uses more replaced words than its limit (npm run words lists them)', (t) => {
  if (files.status !== 0) return t.skip('no git repository');
  const uses = wordUses(root, files.stdout.split('\n').filter(Boolean));
  for (const [area, count] of Object.entries(countByArea(uses))) {
    const listed = uses.filter((use) => use.area === area).map(({ file, line, word }) => `${file}:${line} ${word}`);
    assert.ok(
      count <= (limits[area] ?? 0),
      `${area}: ${count} > ${limits[area] ?? 0}\n${listed.slice(-30).join('\n')}`,
    );
  }
  return undefined;
});

const words = (text: string): readonly string[] => wordsIn(text).map(({ word }) => word);

test('wordsIn: finds words in names, comments and strings, in any case', () => {
  assert.deepEqual(words("const askAgain = 'The answer'; // it was TOLD"), ['ask', 'answer', 'told']);
  assert.deepEqual(words('class HttpDoor {}\nconst heard_by = 1;'), ['door', 'heard']);
  assert.deepEqual(words('It restarts by itself, with a log of its own.'), ['by itself', 'of its own']);
});

test('wordsIn: ignores parts of other words and ordinary uses', () =>
  assert.deepEqual(
    words('task, foretell, deadLetterTopic, keep-alive, keepAlive, ECONNREFUSED, dead\n  letters, of its own actor'),
    [],
  ));

test('wordsIn: a variable without meaning is found', () =>
  assert.deepEqual(words('const found = 1; const { found: row } = x; let known;'), ['found', 'known']));

test('withoutTexts: leaves code and comments', () =>
  assert.deepEqual(words(withoutTexts("// asks\n<p>We keep it</p>\nconst keep = 'told';\n  and we tell you so")), [
    'asks',
    'keep',
  ]));

test('areaOf: each folder has an area, generated files and third-party texts have none', () => {
  assert.equal(areaOf('runtime/src/blocks/state/state.ts'), 'runtime/src/blocks');
  assert.equal(areaOf('README.md'), 'docs');
  assert.equal(areaOf('runtime/gen/x.ts'), undefined);
});
