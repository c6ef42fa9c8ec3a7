import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeGo } from '#core/go-decode.ts';
import type { Shape } from '#core/go-shape.ts';
import {
  operationsShape,
  reminderRequest,
  reminderShape,
  stateOperations,
  timerRequest,
  timerShape,
  turnRequest,
  turnShape,
} from './actor-body.ts';

const read = <T>(shape: Shape<T>, body: unknown): T | undefined =>
  decodeGo(shape, typeof body === 'string' ? body : JSON.stringify(body));

test('actor transaction: member names match in any case', () => {
  const request = { Key: 'count', VALUE: { Inner: 1 }, Metadata: { ttlInSeconds: '5' } };
  assert.deepEqual(stateOperations(read(operationsShape, [{ Operation: 'upsert', Request: request }]), 'the body'), [
    { kind: 'set', key: 'count', value: Buffer.from('{"Inner":1}'), ttlSeconds: 5 },
  ]);
});

test('timers and reminders: member names match in any case', () => {
  const body = { DueTime: '1s', PERIOD: '2s', Ttl: '3s', Data: { Inner: 1 } };
  const schedule = { dueTime: '1s', period: '2s', ttl: '3s', data: '{"Inner":1}' };
  assert.deepEqual(timerRequest(read(timerShape, { ...body, CallBack: 'ring' })), { ...schedule, callback: 'ring' });
  assert.deepEqual(reminderRequest(read(reminderShape, { ...body, Overwrite: false })), {
    ...schedule,
    overwrite: false,
  });
});

test('reminder data: numbers of any size are preserved', () => {
  const data = '[12345678901234567890,0.1234567890123456789,1e400]';
  assert.equal(reminderRequest(read(reminderShape, `{"data": ${data}}`)).data, data);
  assert.equal(timerRequest(read(timerShape, '{"data":null}')).data, 'null');
  const turn = read(turnShape, `{"events":[{"pubsubName":"p","topic":"t","data":${data}}]}`);
  assert.equal(String(turnRequest(turn, Buffer.alloc(0)).events[0]?.data), data);
});

test('actor transaction: a number that float64 cannot hold is malformed', () => {
  const body = '[{"operation":"upsert","request":{"key":"k","value":[1e400]}}]';
  assert.throws(() => stateOperations(read(operationsShape, body), 'the body'), /failed deserializing HTTP body/);
});

test('actor transaction: a time to live over the limit of stores is malformed', () => {
  for (const ttlInSeconds of ['10000000000', '1e30', '9223372036854775807']) {
    const body = [{ operation: 'upsert', request: { key: 'k', value: 1, metadata: { ttlInSeconds } } }];
    assert.throws(() => stateOperations(read(operationsShape, body), 'the body'), /must be 9999999999 or less/);
  }
});
