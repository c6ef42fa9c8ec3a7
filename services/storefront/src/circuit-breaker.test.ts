import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '@outrigger/sdk/testing';
import { circuitBreaker, CircuitOpenError } from './circuit-breaker.ts';

function open() {
  const clock = movableClock(0);
  const changes: string[] = [];
  let isDown = true;
  let calls = 0;
  const breaker = circuitBreaker({
    clock,
    failures: 3,
    openMs: 1_000,
    isFailure: (error) => error instanceof TypeError,
    onChange: (state) => void changes.push(state),
  });
  return {
    clock,
    changes,
    breaker,
    set isDown(value: boolean) {
      isDown = value;
    },
    get calls() {
      return calls;
    },
    async outcome(work?: () => Promise<unknown>): Promise<string> {
      const call = async (): Promise<unknown> => {
        calls++;
        if (isDown) throw new TypeError('no connection');
        return 'ok';
      };
      try {
        return String(await breaker.run(work ?? call));
      } catch (error) {
        return error instanceof CircuitOpenError ? 'open' : 'failed';
      }
    },
  };
}

test('circuit breaker: opens after failures in a row, and then calls nobody', async () => {
  const sample = open();
  for (const expected of ['failed', 'failed', 'failed', 'open', 'open']) assert.equal(await sample.outcome(), expected);
  assert.equal(sample.calls, 3);
  assert.deepEqual(sample.changes, ['open']);
});

test('circuit breaker: lets one probe through, and closes when it succeeds', async () => {
  const sample = open();
  for (let i = 0; i < 3; i++) await sample.outcome();
  sample.clock.moveTo(999);
  assert.equal(await sample.outcome(), 'open');
  sample.clock.moveTo(1_000);
  assert.deepEqual(await Promise.all([sample.outcome(), sample.outcome()]), ['failed', 'open']);
  assert.equal(await sample.outcome(), 'open');
  sample.isDown = false;
  sample.clock.moveTo(2_000);
  assert.equal(await sample.outcome(), 'ok');
  assert.equal(await sample.outcome(), 'ok');
  assert.deepEqual(sample.changes, ['open', 'closed']);
});

test('circuit breaker: a success or an error of the caller starts the count again', async () => {
  const sample = open();
  await sample.outcome();
  await sample.outcome();
  await sample.outcome(() => Promise.reject(new Error('the caller’s mistake')));
  await sample.outcome();
  assert.equal(await sample.outcome(), 'failed');
});
