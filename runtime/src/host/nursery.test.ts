import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settle } from '#core/fake-clock.ts';
import { boundNursery, nurseryBytes } from './nursery.ts';

const mb = 1024 * 1024;

/** Much that lives for a while, turn after turn, as requests under way do. */
async function work(turns: number): Promise<void> {
  const alive: unknown[][] = [];
  for (let turn = 0; turn < turns; turn++) {
    alive.push(Array.from({ length: 40_000 }, (_, n) => ({ n })));
    if (alive.length > 6) alive.shift();
    await settle(1);
  }
}

test('the nursery grows to its bound, stays there, and grows again after it was shrunk', async () => {
  const nursery = boundNursery();
  await work(150);
  assertBound();
  collectAll();
  nursery.regrow();
  assert.ok(nurseryBytes() < 8 * mb, 'a full collection shrinks it');
  await work(150);
  assertBound();
  nursery.close();
});

/** It may hold a page or two more for a moment. */
function assertBound(): void {
  const size = nurseryBytes() / mb;
  assert.ok(size >= 32 && size < 40, `it has ${size} MB`);
}

/** All that can go goes, as when the memory is almost full. */
function collectAll(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  collect({ type: 'major', flavor: 'last-resort' });
}
