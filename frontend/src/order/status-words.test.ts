import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ends, path } from '@tidewater/contracts/order-status.ts';
import { actorOf, cancelPromise, moodOf, stepsAhead, titleOf } from './status-words.ts';

test('the way ahead is the rest of the path, in its order', () => {
  deepEqual(
    stepsAhead('packed').map((each) => each.status),
    ['shipped', 'delivered'],
  );
  equal(stepsAhead('submitted').length, path.length - 1);
});

test('at an end there is no way ahead', () => {
  for (const end of ends) deepEqual(stepsAhead(end), []);
});

test('every status can be said, and only one end is good', () => {
  const all = new Set([...path, ...ends]);
  for (const status of all) equal(titleOf(status).toLowerCase(), status);
  deepEqual(
    [...all].filter((status) => moodOf(status) === 'good'),
    ['delivered'],
  );
});

test('cancelling promises no more than is true', () => {
  const promises = (['submitted', 'reserved', 'awaiting payment', 'paid', 'packed'] as const).map((status) =>
    cancelPromise(status, '€5.00'),
  );
  deepEqual(
    promises.map((words) => /Nothing/.test(words)),
    [true, true, false, false, false],
  );
  equal(promises[4], 'You get €5.00 back.');
});

test('the shopper is spoken to, services are named', () => {
  deepEqual(['shopper', 'catalog'].map(actorOf), ['you', 'catalog service']);
});
