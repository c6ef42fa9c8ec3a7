import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaprError } from '@outrigger/sdk';
import { movableClock } from '@outrigger/sdk/testing';
import { silentLog } from '@tidewater/kit/log.ts';
import { insideCapture } from './inside-capture.ts';
import type { StoredView } from './inside-store.ts';
import type { StreamedActivity } from './inside-view.ts';

function open() {
  const clock = movableClock(0);
  const saved = new Map<string, StoredView>();
  const reads: string[] = [];
  let failures = 0;
  let running = 0;
  let maxRunning = 0;
  const reader = {
    async ofTrace(traceId: string): Promise<readonly StreamedActivity[]> {
      reads.push(`${traceId}@${clock.now()}`);
      maxRunning = Math.max(maxRunning, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (failures-- > 0) throw new DaprError(503, 'ERR', 'unavailable');
      const base = { traceId, startedAt: 1, appId: 'order', kind: 'publish', durationMs: 1, outcome: 'ok' } as const;
      return [{ ...base, spanId: `${reads.length}`, name: `TW-${traceId}`, attributes: {} }];
    },
    traceOf: async () => undefined,
  };
  const store = {
    read: async (orderId: string) => saved.get(orderId),
    save: async (orderId: string, view: StoredView) => void saved.set(orderId, view),
    prune: async () => {},
    ready: async () => {},
  };
  const capture = insideCapture({ reader, store, clock, log: silentLog });
  return {
    clock,
    reads,
    saved,
    capture,
    fail: (times: number) => void (failures = times),
    mostRunning: () => maxRunning,
    request: (traceId: string, isLast = false) => capture.request({ orderId: `TW-${traceId}`, traceId, isLast }),
    async advance(ms: number) {
      for (const until = clock.now() + ms; clock.now() < until;) {
        clock.moveTo(Math.min(until, clock.now() + 100));
        for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

test('capture: the events of one order are combined, at most one capture in 2 s', async () => {
  const sample = open();
  for (let event = 0; event < 5; event++) {
    sample.request('1');
    await sample.advance(200);
  }
  await sample.advance(3_000);
  assert.deepEqual(sample.reads, ['1@1500']);
  sample.request('1');
  await sample.advance(1_000);
  sample.request('1');
  await sample.advance(5_000);
  assert.equal(sample.reads.length, 2);
  assert.equal(sample.saved.get('TW-1')?.activities.length, 2, 'what was stored before stays');
});

test('capture: the last one runs 1.5 s after the last event', async () => {
  const sample = open();
  sample.request('1');
  await sample.advance(1_000);
  sample.request('1', true);
  await sample.advance(1_400);
  assert.deepEqual(sample.reads, []);
  await sample.advance(3_000);
  assert.deepEqual(sample.reads, ['1@2500']);
});

test('capture: many orders are captured one after the other', async () => {
  const sample = open();
  for (let order = 0; order < 50; order++) sample.request(String(order));
  await sample.advance(20_000);
  assert.equal(sample.saved.size, 50);
  assert.equal(sample.mostRunning(), 1);
});

test('capture: a failed one is retried, a limited number of times', async () => {
  const sample = open();
  sample.fail(2);
  sample.request('1', true);
  await sample.advance(20_000);
  assert.deepEqual([sample.reads.length, sample.saved.size], [3, 1]);
  sample.fail(1_000);
  sample.request('2');
  await sample.advance(120_000);
  assert.equal(sample.reads.length, 3 + 5);
});

test('capture: after close nothing is captured', async () => {
  const sample = open();
  sample.request('1');
  await sample.capture.close();
  sample.request('2');
  await sample.advance(10_000);
  assert.deepEqual(sample.reads, []);
});
