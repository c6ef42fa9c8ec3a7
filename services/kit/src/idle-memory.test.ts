import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '@outrigger/sdk/testing';
import { processMemory, releaseIdleMemory } from './idle-memory.ts';

test('idle memory: garbage is collected once after the start and once after work', () => {
  const clock = movableClock(0);
  const shares = [0.3, 0.03, 0, 0, 0.04, 0, 0.06, 0.03, 0.01, 0];
  const collectedAt: number[] = [];
  const cancel = releaseIdleMemory(clock, {
    busyShare: () => shares.shift() ?? 0,
    collect: () => void collectedAt.push(clock.now()),
  });
  clock.moveTo(50_000);
  assert.deepEqual(collectedAt, [15_000, 45_000]);
  cancel();
});

test('idle memory: a collection frees what nothing refers to', async () => {
  const memory = processMemory();
  memory.collect();
  const before = process.memoryUsage().heapUsed;
  let garbage = Array.from({ length: 200_000 }, (_, n) => ({ n }));
  const full = process.memoryUsage().heapUsed;
  assert.ok(full > before + 4_000_000, `${garbage.length} objects take only ${full - before} bytes`);
  garbage = [];
  memory.collect();
  assert.ok(process.memoryUsage().heapUsed < before + 2_000_000);
});
