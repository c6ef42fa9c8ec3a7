import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '@outrigger/sdk/testing';
import { circuitBreaker, CircuitOpenError } from './circuit-breaker.ts';

class Down extends Error {}

function open() {
  const clock = movableClock(0);
  const changes: boolean[] = [];
  const breaker = circuitBreaker({
    clock,
    failures: 5,
    openMs: 10_000,
    isFailure: (error) => error instanceof Down,
    onChange: (isOpen) => void changes.push(isOpen),
  });
  let calls = 0;
  const run = (error?: Error) =>
    breaker.run(async () => {
      calls++;
      if (error) throw error;
    });
  return { clock, breaker, changes, run, calls: () => calls };
}

const fail = async (circuit: ReturnType<typeof open>, times: number) => {
  for (let i = 0; i < times; i++) await assert.rejects(circuit.run(new Down()), Down);
};

test('circuit breaker: opens after five consecutive failures and then makes no call', async () => {
  const circuit = open();
  await fail(circuit, 4);
  await circuit.run();
  await fail(circuit, 5);
  assert.deepEqual(circuit.changes, [true]);
  const before = circuit.calls();
  circuit.clock.moveTo(9_999);
  await assert.rejects(circuit.run(), CircuitOpenError);
  assert.equal(circuit.calls(), before);
});

test('circuit breaker: errors that are responses do not open it, and reset the count', async () => {
  const circuit = open();
  for (let i = 0; i < 20; i++) await assert.rejects(circuit.run(new Error('declined')));
  await fail(circuit, 4);
  await assert.rejects(circuit.run(new Error('declined')));
  await fail(circuit, 4);
  assert.equal(circuit.breaker.isOpen, false);
});

test('circuit breaker: after ten seconds one probe closes it or opens it again', async () => {
  const circuit = open();
  await fail(circuit, 5);
  circuit.clock.moveTo(10_000);
  await fail(circuit, 1);
  await assert.rejects(circuit.run(), CircuitOpenError);
  circuit.clock.moveTo(20_000);
  await circuit.run();
  assert.deepEqual(circuit.changes, [true, false]);
  await fail(circuit, 4);
  assert.equal(circuit.breaker.isOpen, false);
});

test('circuit breaker: only one call probes at a time', async () => {
  const circuit = open();
  await fail(circuit, 5);
  circuit.clock.moveTo(10_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  const probe = circuit.breaker.run(() => promise);
  await assert.rejects(circuit.run(), CircuitOpenError);
  resolve();
  await probe;
  await circuit.run();
});

test('circuit breaker: a late result of an earlier call neither closes nor prolongs it', async () => {
  const circuit = open();
  const early = Promise.withResolvers<void>();
  const late = Promise.withResolvers<void>();
  const success = circuit.breaker.run(() => early.promise);
  const failure = circuit.breaker.run(() => late.promise);
  await fail(circuit, 5);
  early.resolve();
  await success;
  assert.equal(circuit.breaker.isOpen, true);
  circuit.clock.moveTo(5_000);
  late.reject(new Down());
  await assert.rejects(failure, Down);
  circuit.clock.moveTo(10_000);
  await circuit.run();
  assert.equal(circuit.breaker.isOpen, false);
});
