import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { terminalStatuses, happyPath } from '@tidewater/contracts/order-status.ts';
import { performerOf, cancellationEffect, toneOf, upcomingSteps, titleOf } from './order-status-labels.ts';

test('the way ahead is the rest of the path, in its order', () => {
  deepEqual(
    upcomingSteps('packed').map((each) => each.status),
    ['shipped', 'delivered'],
  );
  equal(upcomingSteps('submitted').length, happyPath.length - 1);
});

test('at an end there is no way ahead', () => {
  for (const end of terminalStatuses) deepEqual(upcomingSteps(end), []);
});

test('every status can be said, and only one end is good', () => {
  const all = new Set([...happyPath, ...terminalStatuses]);
  for (const status of all) equal(titleOf(status).toLowerCase(), status);
  deepEqual(
    [...all].filter((status) => toneOf(status) === 'good'),
    ['delivered'],
  );
});

test('cancelling promises no more than is true', () => {
  const promises = (['submitted', 'reserved', 'awaiting payment', 'paid', 'packed'] as const).map((status) =>
    cancellationEffect(status, '€5.00'),
  );
  deepEqual(
    promises.map((text) => /Nothing/.test(text)),
    [true, true, false, false, false],
  );
  equal(promises[4], 'You get €5.00 back.');
});

test('the shopper is spoken to, services are named', () => {
  deepEqual(['shopper', 'catalog'].map(performerOf), ['you', 'catalog service']);
});
