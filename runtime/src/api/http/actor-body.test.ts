import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reminderRequest, stateOperations, timerRequest } from './actor-body.ts';

test('members of a transaction are found whatever the case of their names', () => {
  const request = { Key: 'count', VALUE: { Inner: 1 }, Metadata: { ttlInSeconds: '5' } };
  assert.deepEqual(stateOperations([{ Operation: 'upsert', Request: request }], 'the body'), [
    { kind: 'set', key: 'count', value: Buffer.from('{"Inner":1}'), ttlSeconds: 5 },
  ]);
});

test('members of timers and reminders are found whatever the case of their names', () => {
  const body = { DueTime: '1s', PERIOD: '2s', Ttl: '3s', Data: { Inner: 1 } };
  const schedule = { dueTime: '1s', period: '2s', ttl: '3s', data: { Inner: 1 } };
  assert.deepEqual(timerRequest({ ...body, CallBack: 'ring' }), { ...schedule, callback: 'ring' });
  assert.deepEqual(reminderRequest({ ...body, Overwrite: false }), { ...schedule, overwrite: false });
});
