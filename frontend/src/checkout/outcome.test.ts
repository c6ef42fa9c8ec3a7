import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../data/problem-error.ts';
import { outcomeOf } from './outcome.ts';

const failure = (status: number, type = 'about:blank'): ProblemError =>
  new ProblemError({ type, title: 'x', status, detail: 'x' }, { hasNoResponse: status === 0 });

test('outcomeOf: no response or a server error is lost', () => {
  for (const error of [failure(0), failure(500), failure(503), new TypeError('x')])
    equal(outcomeOf(error, false), 'lost');
});

test('outcomeOf: a 4xx of a first attempt is rejected', () => {
  deepEqual(
    [400, 409, 413, 429].map((status) => outcomeOf(failure(status), false)),
    ['rejected', 'rejected', 'rejected', 'rejected'],
  );
});

test('outcomeOf: a 4xx of a repeated attempt is still-open, a conflict is rejected', () => {
  deepEqual(
    [400, 429, 409].map((status) => outcomeOf(failure(status), true)),
    ['still-open', 'still-open', 'rejected'],
  );
});

test('outcomeOf: idempotency-key-reused is key-used', () => {
  equal(outcomeOf(failure(422, 'idempotency-key-reused'), true), 'key-used');
});
