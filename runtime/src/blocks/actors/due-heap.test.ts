import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import { DueHeap } from './due-heap.ts';

test('DueHeap: items come out ordered by time', () => {
  const random = seededRandom(3);
  const heap = new DueHeap<{ at: number }>();
  const times = Array.from({ length: 200 }, () => Math.floor(random.random() * 100));
  for (const at of times) heap.push({ at });
  const popped: number[] = [];
  for (let next = heap.pop(); next; next = heap.pop()) popped.push(next.at);
  assert.deepEqual(
    popped,
    times.toSorted((a, b) => a - b),
  );
  assert.equal(heap.peek(), undefined);
});
