import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { etagMismatch } from '#blocks/state/errors.ts';
import { isBrokenSocket, isDuplicateKey, readError, writeError } from './errors.ts';

const address = 'm:27017';
const ended = Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' });

test('mongodb errors: distinguishes a lost connection from a rejection by the server', () => {
  for (const cause of [ended, new MongoNetworkError('connection closed')]) {
    assert.match(readError(cause, address).message, /^MongoDB at m:27017 cannot be reached: /);
    assert.match(writeError(cause, address).message, /whether the write was stored is not known$/);
  }
  const rejected = new MongoServerError({ errmsg: 'not allowed', code: 13 });
  assert.equal(writeError(rejected, address).message, 'MongoDB rejected the operation: not allowed');
  assert.deepEqual(
    [isBrokenSocket(ended), isBrokenSocket(rejected), isBrokenSocket(new RangeError('x'))],
    [true, false, false],
  );
});

test('mongodb errors: a write that reached no server is not in doubt', () => {
  const rejected = new MongoNetworkError('connect ECONNREFUSED 127.0.0.1:1');
  assert.match(writeError(rejected, address).message, /cannot be reached/);
});

test('mongodb errors: passes on errors of the state block, and recognizes a duplicate key', () => {
  const mismatch = etagMismatch();
  assert.equal(writeError(mismatch, address), mismatch);
  assert.ok(isDuplicateKey(new MongoServerError({ errmsg: 'E11000', code: 11_000 })));
});
