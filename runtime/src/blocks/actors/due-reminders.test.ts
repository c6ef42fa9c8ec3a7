import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock, settle } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { DueReminders, type FiringOutcome } from './due-reminders.ts';
import { KeyedConcurrencyLimiter } from './keyed-concurrency-limiter.ts';
import { partitionOf } from './partition.ts';
import { nullPlacement } from './placement.ts';
import type { Reminder } from './ports.ts';

const actor = { type: 'counter', id: '1' };
const fence = { type: 'counter', partition: partitionOf('1'), hostId: 'h', epoch: 1 };

/** A poll that resolves when the test does so. */
function fixture(fire: (reminder: Reminder) => FiringOutcome) {
  const clock = fakeClock();
  const fired: string[] = [];
  const pendingReads: ((reminders: readonly Reminder[]) => void)[] = [];
  const due = new DueReminders({
    store: {
      get: async () => undefined,
      list: async () => [],
      due: () => new Promise((resolve) => pendingReads.push(resolve)),
    },
    placement: { ...nullPlacement(), fences: () => [fence] },
    limiter: new KeyedConcurrencyLimiter(64),
    clock,
    log: silentLog,
    fire: async ({ reminder }) => {
      fired.push(`${reminder.name} ${reminder.version}`);
      return fire(reminder);
    },
  });
  const respond = async (...reminders: readonly Reminder[]): Promise<void> => {
    pendingReads.shift()?.(reminders);
    await settle();
  };
  return { clock, due, fired, respond };
}

function reminder(clock: { now(): number }, afterMs: number, version = 'v1'): Reminder {
  const dueAt = clock.now() + afterMs;
  return { actor, name: 'r', dueAt, dueTime: '', period: '', traceparent: '', version };
}

const finished: FiringOutcome = { kind: 'finished' };

test('due reminders: a stale poll does not restore a fired reminder', async () => {
  const { clock, due, fired, respond } = fixture(() => finished);
  due.start();
  await respond();
  due.changed(actor, 'r', reminder(clock, 1000));
  const stale = reminder(clock, 1000);
  await clock.tick(1000);
  assert.deepEqual(fired, ['r v1']);
  // This poll began at the same moment and read the row before the firing was recorded.
  await respond(stale);
  await clock.tick(100);
  assert.deepEqual(fired, ['r v1']);
  due.stop();
});

test('due reminders: a stale poll does not restore a reminder that is being replaced', async () => {
  const { clock, due, fired, respond } = fixture(() => finished);
  due.start();
  const release = due.beginWrite(actor, ['r']);
  await respond(reminder(clock, 500));
  due.changed(actor, 'r', reminder(clock, 2000, 'v2'));
  release();
  await clock.tick(999);
  assert.deepEqual(fired, []);
  await clock.tick(1001);
  assert.deepEqual(fired, ['r v2']);
  due.stop();
});

test('due reminders: a poll does not repeat a running firing', async () => {
  const { clock, due, fired, respond } = fixture(() => ({ kind: 'again', afterMs: 60_000 }));
  due.start();
  await respond(reminder(clock, 0));
  await clock.tick(1000);
  await respond(reminder(clock, -1000));
  await clock.tick(10_000);
  assert.deepEqual(fired, ['r v1']);
  due.stop();
});

test('due reminders: a reminder of a released partition does not fire', async () => {
  const { clock, due, fired, respond } = fixture(() => finished);
  due.start();
  await respond(reminder(clock, 500));
  due.onRevoked([fence]);
  await clock.tick(900);
  assert.deepEqual(fired, []);
  due.stop();
});

test('due reminders: nothing is scheduled after stop', async () => {
  const { clock, due, respond } = fixture(() => finished);
  due.start();
  await respond(reminder(clock, 500));
  due.stop();
  assert.equal(clock.pending, 0);
});
