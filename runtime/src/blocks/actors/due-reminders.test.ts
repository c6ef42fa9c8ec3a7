import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock, settle } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { DueReminders, type Fired } from './due-reminders.ts';
import { FiringLanes } from './firing-lanes.ts';
import { partitionOf } from './partition.ts';
import { nullPlacement } from './placement.ts';
import type { Reminder } from './ports.ts';

const actor = { type: 'counter', id: '1' };
const fence = { type: 'counter', partition: partitionOf('1'), hostId: 'h', epoch: 1 };

/** A poll whose answer comes when the test says so. */
function world(fire: (reminder: Reminder) => Fired) {
  const clock = fakeClock();
  const fired: string[] = [];
  const answers: ((found: readonly Reminder[]) => void)[] = [];
  const due = new DueReminders({
    store: {
      get: async () => undefined,
      list: async () => [],
      due: () => new Promise((resolve) => answers.push(resolve)),
    },
    placement: { ...nullPlacement(), fences: () => [fence] },
    lanes: new FiringLanes(64),
    clock,
    log: silentLog,
    fire: async ({ reminder }) => {
      fired.push(`${reminder.name} ${reminder.version}`);
      return fire(reminder);
    },
  });
  const answer = async (...found: readonly Reminder[]): Promise<void> => {
    answers.shift()?.(found);
    await settle();
  };
  return { clock, due, fired, answer };
}

function reminder(clock: { now(): number }, afterMs: number, version = 'v1'): Reminder {
  const dueAt = clock.now() + afterMs;
  return { actor, name: 'r', dueAt, dueTime: '', period: '', traceparent: '', version };
}

const gone: Fired = { kind: 'gone' };

test('an old answer of a poll does not bring back what has fired meanwhile', async () => {
  const { clock, due, fired, answer } = world(() => gone);
  due.start();
  await answer();
  due.changed(actor, 'r', reminder(clock, 1000));
  const stale = reminder(clock, 1000);
  await clock.tick(1000);
  assert.deepEqual(fired, ['r v1']);
  // This poll began at the same moment and read the row before the firing was written down.
  await answer(stale);
  await clock.tick(100);
  assert.deepEqual(fired, ['r v1']);
  due.stop();
});

test('an old answer of a poll does not bring back what is being replaced', async () => {
  const { clock, due, fired, answer } = world(() => gone);
  due.start();
  const release = due.hold(actor, ['r']);
  await answer(reminder(clock, 500));
  due.changed(actor, 'r', reminder(clock, 2000, 'v2'));
  release();
  await clock.tick(999);
  assert.deepEqual(fired, []);
  await clock.tick(1001);
  assert.deepEqual(fired, ['r v2']);
  due.stop();
});

test('a firing under way is not begun again by a poll', async () => {
  const { clock, due, fired, answer } = world(() => ({ kind: 'again', afterMs: 60_000 }));
  due.start();
  await answer(reminder(clock, 0));
  await clock.tick(1000);
  await answer(reminder(clock, -1000));
  await clock.tick(10_000);
  assert.deepEqual(fired, ['r v1']);
  due.stop();
});

test('what moved to another host does not fire here', async () => {
  const { clock, due, fired, answer } = world(() => gone);
  due.start();
  await answer(reminder(clock, 500));
  due.vacated([fence]);
  await clock.tick(900);
  assert.deepEqual(fired, []);
  due.stop();
});

test('nothing is left to wait for after a stop', async () => {
  const { clock, due, answer } = world(() => gone);
  due.start();
  await answer(reminder(clock, 500));
  due.stop();
  assert.equal(clock.pending, 0);
});
