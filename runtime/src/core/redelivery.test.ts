import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redeliveryDelay } from './redelivery.ts';
import { seededRandom } from './random.ts';

const noJitter = { ...seededRandom(), random: () => 0.5 };

test('redeliveryDelay: doubles from half a second to half a minute', () => {
  const delays = [1, 2, 3, 20].map((attempt) => redeliveryDelay(attempt, noJitter));
  assert.deepEqual(delays, [500, 1000, 2000, 30_000]);
});

test('redeliveryDelay: takes the configured delays in order and repeats the last one', () => {
  const delays = [1, 2, 3].map((attempt) => redeliveryDelay(attempt, noJitter, [100, 700]));
  assert.deepEqual(delays, [100, 700, 700]);
});

test('redeliveryDelay: varies by a tenth', () => {
  const delay = redeliveryDelay(1, { ...noJitter, random: () => 0 }, [1000]);
  assert.equal(delay, 900);
});
