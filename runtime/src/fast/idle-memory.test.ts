import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from '#core/fake-clock.ts';
import { processMemory, releaseIdleMemory } from './idle-memory.ts';
import { youngGenerationBytes } from './young-generation.ts';

test('releaseIdleMemory: memory is released once after the start and once after work', async () => {
  const clock = fakeClock();
  const shares = [0.1, 0, 0.9, 0.5, 0.1, 0.01, 0, 0, 0.3, 0];
  const collectedAt: number[] = [];
  const cancel = releaseIdleMemory(clock, {
    busyShare: () => shares.shift() ?? 0,
    residentBytes: () => 100e6,
    collect: () => void collectedAt.push(clock.monotonic()),
  });
  await clock.tick(60_000);
  assert.deepEqual(collectedAt, [10_000, 30_000, 50_000]);
  cancel();
  assert.equal(clock.pending, 0);
});

test('releaseIdleMemory: a process that is never idle releases its growth, and does not retry without effect', async () => {
  const clock = fakeClock();
  const checks = [
    { share: 0.1, bytes: 100e6 },
    { share: 0.9, bytes: 300e6 },
    // still busy
    { share: 0.3, bytes: 300e6 },
    // collected, down to 160 MB only
    { share: 0.1, bytes: 300e6 },
    { share: 0.1, bytes: 160e6 },
    { share: 0.1, bytes: 198e6 },
    // grown again
    { share: 0.1, bytes: 204e6 },
  ];
  let now = { share: 0.1, bytes: 100e6 };
  const collectedAt: number[] = [];
  const cancel = releaseIdleMemory(clock, {
    busyShare: () => (now = checks.shift() ?? now).share,
    residentBytes: () => now.bytes,
    collect() {
      collectedAt.push(clock.monotonic());
      if (now.bytes === 300e6) now = { share: 0.1, bytes: 180e6 };
    },
  });
  await clock.tick(60_000);
  assert.deepEqual(collectedAt, [20_000, 35_000]);
  cancel();
});

test('processMemory: collect reduces the heap', async () => {
  const memory = processMemory();
  // give the event loop a turn to measure
  await new Promise(setImmediate);
  memory.collect();
  const before = process.memoryUsage().heapUsed;
  let garbage = Array.from({ length: 200_000 }, (_, n) => ({ n }));
  const full = process.memoryUsage().heapUsed;
  assert.ok(full > before + 4_000_000, `${garbage.length} objects take only ${full - before} bytes`);
  garbage = [];
  memory.collect();
  assert.ok(process.memoryUsage().heapUsed < full - 4_000_000);
  await new Promise(setImmediate);
  assert.ok(memory.busyShare() > 0.5, 'all of this was work');
});

test('processMemory: collect returns the memory of a young generation that grew, also between other work', () => {
  const memory = processMemory();
  for (let round = 0, recent: unknown[] = []; round < 200 && youngGenerationBytes() < 16e6; round++) {
    recent = [...recent.slice(-20_000), ...Array.from({ length: 20_000 }, (_, n) => ({ n }))];
  }
  const grown = youngGenerationBytes();
  assert.ok(grown >= 8e6, `the young generation has ${grown} bytes`);
  memory.collect();
  assert.ok(youngGenerationBytes() <= 4e6, `the young generation still has ${youngGenerationBytes()} bytes`);
});
