import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { terminalStatuses, happyPath } from '@tidewater/contracts/order-status.ts';
import { performerOf, cancellationEffect, toneOf, upcomingSteps, titleOf } from './order-status-labels.ts';

test('upcomingSteps: the remaining statuses of the happy path, in order', () => {
  deepEqual(
    upcomingSteps('packed').map((each) => each.status),
    ['shipped', 'delivered'],
  );
  equal(upcomingSteps('submitted').length, happyPath.length - 1);
});

test('upcomingSteps: empty for terminal statuses', () => {
  for (const end of terminalStatuses) deepEqual(upcomingSteps(end), []);
});

test('titleOf, toneOf: every status has a title, and only delivered is good', () => {
  const all = new Set([...happyPath, ...terminalStatuses]);
  for (const status of all) equal(titleOf(status).toLowerCase().replaceAll(' ', '-'), status);
  deepEqual(
    [...all].filter((status) => toneOf(status) === 'positive'),
    ['delivered'],
  );
});

test('cancellationEffect: promises no refund before a charge, and the total after it', () => {
  const promises = (['submitted', 'awaiting-stock', 'awaiting-payment', 'paid', 'packed'] as const).map((status) =>
    cancellationEffect(status, '€5.00'),
  );
  deepEqual(
    promises.map((text) => /Nothing/.test(text)),
    [true, true, false, false, false],
  );
  equal(promises[4], 'You get €5.00 back.');
});

test('performerOf: the shopper is "you", services have their name', () => {
  deepEqual(['shopper', 'catalog'].map(performerOf), ['you', 'catalog service']);
});
