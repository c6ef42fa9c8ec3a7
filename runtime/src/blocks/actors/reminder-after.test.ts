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

test('ticks of a short period that are late come one after the other', () => {
  assert.equal(reminderAfter(reminder, 1007)?.dueAt, 1001);
  assert.equal(reminderAfter({ ...reminder, expiresAt: 1002 }, 1007)?.dueAt, 1001);
  assert.equal(reminderAfter({ ...reminder, dueAt: 1002, expiresAt: 1002 }, 1007), undefined);
});

test('reminder: a tick at the very end of its time to live is fired', () => {
  assert.equal(reminderAfter({ ...reminder, dueAt: 1001, expiresAt: 1002 }, 1001)?.dueAt, 1002);
});

test('a long silence is made up for by one firing', () => {
  const hourly = { ...reminder, periodMs: 1000 };
  assert.equal(reminderAfter(hourly, 61_500)?.dueAt, 62_000);
});
