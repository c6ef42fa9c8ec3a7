import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireMembers } from './wire-members.ts';

const entry = wireMembers('entryId', 'event', 'metadata');

test('members are found whatever the case of their names, and what lies inside them stays as it is', () => {
  assert.deepEqual(entry({ entryID: '1', EVENT: { Key: 1 }, Metadata: { ttlInSeconds: '1' }, more: true }), {
    entryId: '1',
    event: { Key: 1 },
    metadata: { ttlInSeconds: '1' },
  });
});

test('of several that differ in case alone the last one counts', () => {
  assert.deepEqual(entry({ event: 'first', Event: 'last' }), { event: 'last' });
  assert.deepEqual(entry({ Event: 'first', event: 'last' }), { event: 'last' });
});

test('an object in which all is well is given back as it is', () => {
  const fields = { entryId: '1', event: null };
  assert.equal(entry(fields), fields);
});

test('a member named after the prototype is no member', () => {
  const members = entry(JSON.parse('{"__proto__": {"event": 1}, "Event": 2}') as Record<string, unknown>);
  assert.deepEqual(Object.entries(members), [['event', 2]]);
  assert.equal(Object.getPrototypeOf(members), Object.prototype);
});
