import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../data/problem-error.ts';
import { outcomeOf } from './outcome.ts';

const failure = (status: number, type = 'about:blank'): ProblemError =>
  new ProblemError({ type, title: 'x', status, detail: 'x' }, { hasNoResponse: status === 0 });

test('outcomeOf: without an answer, or with a failing server, the order may exist', () => {
  for (const error of [failure(0), failure(500), failure(503), new TypeError('x')])
    equal(outcomeOf(error, false), 'lost');
});

test('outcomeOf: a first attempt that was turned away is over', () => {
  deepEqual(
    [400, 409, 413, 429].map((status) => outcomeOf(failure(status), false)),
    ['refused', 'refused', 'refused', 'refused'],
  );
});

test('outcomeOf: a repeated attempt that was turned away unread keeps its key, a conflict ends it', () => {
  deepEqual(
    [400, 429, 409].map((status) => outcomeOf(failure(status), true)),
    ['still-open', 'still-open', 'refused'],
  );
});

test('outcomeOf: a key of another request is looked up first', () => {
  equal(outcomeOf(failure(422, 'idempotency-key-reused'), true), 'key-used');
});
