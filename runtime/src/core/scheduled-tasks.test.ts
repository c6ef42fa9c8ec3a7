import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeClock } from './fake-clock.ts';
import { ScheduledTasks } from './scheduled-tasks.ts';

test('ScheduledTasks: runs each task once after its delay', async () => {
  const clock = fakeClock();
  const tasks = new ScheduledTasks(clock);
  const ran: string[] = [];
  tasks.after(20, () => ran.push('second'));
  tasks.after(10, () => ran.push('first'));
  await clock.tick(15);
  assert.deepEqual(ran, ['first']);
  await clock.tick(100);
  assert.deepEqual(ran, ['first', 'second']);
});

test('ScheduledTasks: cancelAll leaves no task waiting, and later tasks still run', async () => {
  const clock = fakeClock();
  const tasks = new ScheduledTasks(clock);
  const ran: string[] = [];
  tasks.after(10, () => ran.push('cancelled'));
  tasks.after(20, () => ran.push('cancelled'));
  tasks.cancelAll();
  assert.equal(clock.pending, 0);
  tasks.after(10, () => ran.push('later'));
  await clock.tick(100);
  assert.deepEqual(ran, ['later']);
});
