import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerPath, readOwnerPath } from './owner-path.ts';

test('owner path: any name is read back, in the form of the previous version', () => {
  for (const name of ['add', 'a/b', '50%', 'ä ö', '..'])
    assert.deepEqual(readOwnerPath(ownerPath({ operation: 'reminders', name })), { operation: 'reminders', name });
  assert.equal(ownerPath({ operation: 'method', name: 'a/b' }), '/method/a%2Fb');
});

test('owner path: another path, a missing name and an invalid escape are undefined', () => {
  for (const path of ['/x', '/method', '/method/', '/method/a/b', 'x/method/a', '/method/%'])
    assert.equal(readOwnerPath(path), undefined, path);
});
