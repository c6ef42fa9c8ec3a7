import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reminder } from './ports.ts';
import { reminderAfter } from './reminder-firing.ts';

const reminder: Reminder = {
  actor: { type: 'counter', id: '1' },
  name: 'tick',
  dueAt: 1000,
  dueTime: '',
  period: '1ms',
  periodMs: 1,
  traceparent: '',
  version: '1',
};

test('reminder: late firings of a short period are delivered one after the other', () => {
  assert.equal(reminderAfter(reminder, 1007)?.dueAt, 1001);
  assert.equal(reminderAfter({ ...reminder, expiresAt: 1002 }, 1007)?.dueAt, 1001);
  assert.equal(reminderAfter({ ...reminder, dueAt: 1002, expiresAt: 1002 }, 1007), undefined);
});

test('reminder: a tick at the very end of its time to live is fired', () => {
  assert.equal(reminderAfter({ ...reminder, dueAt: 1001, expiresAt: 1002 }, 1001)?.dueAt, 1002);
});

test('reminder: one firing replaces all that were missed in a long gap', () => {
  const hourly = { ...reminder, periodMs: 1000 };
  assert.equal(reminderAfter(hourly, 61_500)?.dueAt, 62_000);
});
