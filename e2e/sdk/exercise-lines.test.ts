import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Exercise, exerciseReader } from './exercise-lines.ts';

const completeness = 'the program: reports all its exercises';

function read(...lines: readonly string[]): readonly Exercise[] {
  const reader = exerciseReader();
  return [...lines.flatMap((line) => reader.line(line)), ...reader.end()];
}

test('exerciseReader: parses result lines and ignores other output', () => {
  const exercises = read('INFO listening', 'ok state: saves', 'okay then', 'ok lock: waits # SKIP no Redis', '1..2');
  assert.deepEqual(exercises, [
    { name: 'state: saves' },
    { name: 'lock: waits', skip: 'no Redis' },
    { name: completeness },
  ]);
});

test('exerciseReader: a failure includes the indented lines after it', () => {
  const exercises = read('not ok state: saves', '  got 1', '    deeper', 'WARN noise', 'ok state: reads', '1..2');
  assert.deepEqual(exercises, [
    { name: 'state: saves', failure: 'got 1\n  deeper' },
    { name: 'state: reads' },
    { name: completeness },
  ]);
  assert.deepEqual(read('not ok state: saves', '1..1')[0], { name: 'state: saves', failure: 'no reason given' });
});

test('exerciseReader: a program that ends early or reports nothing has failed', () => {
  assert.match(read('ok state: saves')[1]?.failure ?? '', /did not report their number/);
  assert.match(read('ok state: saves', '1..2')[1]?.failure ?? '', /reported 1 exercises of 2/);
  assert.match(read('1..0')[0]?.failure ?? '', /reported 0/);
});
