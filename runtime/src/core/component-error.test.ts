import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComponentError, errorFromComponent, grpcCodeOf, componentErrorOf } from './component-error.ts';
import { RuntimeError, defineError } from './errors.ts';

const componentError = new ComponentError(
  { code: 'full', http: 507, grpc: 'ResourceExhausted' },
  { message: 'no more room' },
);
const failed = defineError({ code: 'ERR_X', http: 500, grpc: 'Internal' }, (reason: string) => `it failed: ${reason}`);

test("errorFromComponent: the error has the component error's statuses and its own code and message", () => {
  const error = errorFromComponent(failed, componentError);
  assert.deepEqual(error.kind, { code: 'ERR_X', http: 507, grpc: 'ResourceExhausted' });
  assert.equal(error.message, 'it failed: api error: code = ResourceExhausted desc = no more room');
  assert.equal(componentErrorOf(error), componentError);
  assert.equal(componentErrorOf(componentError), componentError);
});

test('errorFromComponent: any other cause changes only the message', () => {
  const error = errorFromComponent(failed, new Error('boom'));
  assert.deepEqual([error.kind.http, error.message], [500, 'it failed: boom']);
  assert.equal(componentErrorOf(error), undefined);
  assert.ok(error instanceof RuntimeError && !(error instanceof ComponentError));
});

test('grpcCodeOf: only an error caused by a gRPC status has a code', () => {
  const status = Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: 'unavailable' });
  assert.equal(grpcCodeOf(new Error('rpc error', { cause: status })), 14);
  assert.equal(grpcCodeOf(new Error('rpc error', { cause: new Error('x') })), undefined);
  const system = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED', details: '' });
  assert.equal(grpcCodeOf(new Error('rpc error', { cause: system })), undefined);
});
