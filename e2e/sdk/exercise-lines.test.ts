import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Exercise, exerciseReader } from './exercise-lines.ts';

const completeness = 'the program: tells all that it tried';

function read(...lines: readonly string[]): readonly Exercise[] {
  const reader = exerciseReader();
  return [...lines.flatMap((line) => reader.line(line)), ...reader.end()];
}

test('lines of a program become exercises, and noise between them is passed over', () => {
  const exercises = read('INFO listening', 'ok state: saves', 'okay then', 'ok lock: waits # SKIP no Redis', '1..2');
  assert.deepEqual(exercises, [
    { name: 'state: saves' },
    { name: 'lock: waits', skip: 'no Redis' },
    { name: completeness },
  ]);
});

test('a failure takes the indented lines after it along', () => {
  const exercises = read('not ok state: saves', '  got 1', '    deeper', 'WARN noise', 'ok state: reads', '1..2');
  assert.deepEqual(exercises, [
    { name: 'state: saves', failure: 'got 1\n  deeper' },
    { name: 'state: reads' },
    { name: completeness },
  ]);
  assert.deepEqual(read('not ok state: saves', '1..1')[0], { name: 'state: saves', failure: 'no reason given' });
});

test('a program that ends halfway, or tells nothing, has failed', () => {
  assert.match(read('ok state: saves')[1]?.failure ?? '', /never said how many/);
  assert.match(read('ok state: saves', '1..2')[1]?.failure ?? '', /told of 1 exercises, and said there are 2/);
  assert.match(read('1..0')[0]?.failure ?? '', /told of 0/);
});
