import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '@tidewater/contracts/storefront.ts';
import { problemText, retryAfterOf, retryDelayText } from './problem-text.ts';

const problem = (more: Partial<Problem>): Problem => ({
  type: 'about:blank',
  title: 'Bad request',
  status: 400,
  detail: 'The request cannot be used: expectedTotal.amount must be from 0 to 100000000.',
  ...more,
});

test('problemText: each conflict of a checkout has its own title, and none is "Conflict"', () => {
  const titles = ['prices-changed', 'cart-changed', 'sold-out', 'something-else'].map(
    (type) => problemText(problem({ type, status: 409, title: 'Conflict' })).title,
  );
  equal(new Set(titles).size, 4);
  for (const title of titles) doesNotMatch(title, /conflict/i);
});

test('problemText: the maximum total is shown in euro, without the field name', () => {
  const { title, detail } = problemText(
    problem({ errors: [{ field: 'expectedTotal.amount', message: 'must be from 0 to 100000000' }] }),
  );
  match(`${title} ${detail}`, /€1,000,000/);
  doesNotMatch(`${title} ${detail}`, /expectedTotal|100000000/);
});

test('problemText: uses the field names of the form', () => {
  const errors = [
    { field: 'contact.email', message: 'must be an e-mail address' },
    { field: '/quantity', message: 'must be from 0 to 99.' },
  ];
  equal(
    problemText(problem({ errors })).detail,
    'The e-mail address must be an e-mail address. The quantity must be from 0 to 99.',
  );
});

test('problemText: omits fields that are not in a form', () => {
  const { detail } = problemText(problem({ errors: [{ field: 'cartVersion', message: 'is missing' }] }));
  doesNotMatch(detail, /cartVersion/);
});

test('problemText: a 429 includes the time to wait', () => {
  match(problemText(problem({ status: 429 }), 40).detail, /in 40 seconds/);
  match(problemText(problem({ status: 429 })).detail, /in a minute/);
  deepEqual([0, 0.2, 1, 59.5, 90, 91, 600].map(retryDelayText), [
    'in 1 second',
    'in 1 second',
    'in 1 second',
    'in 60 seconds',
    'in 2 minutes',
    'in 2 minutes',
    'in 10 minutes',
  ]);
});

test('problemText: a text for shoppers is unchanged', () => {
  const shopProblem = problem({ status: 503, title: 'The shelves are out of sight', detail: 'Come back in a moment.' });
  deepEqual(problemText(shopProblem), shopProblem);
});

test('retryAfterOf: seconds or a date', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  deepEqual(
    ['12', 'Sun, 22 Nov 2026 12:00:30 GMT', 'Sun, 22 Nov 2026 11:00:00 GMT', '', 'soon', null].map((header) =>
      retryAfterOf(header, now),
    ),
    [12, 30, 0, undefined, undefined, undefined],
  );
});
