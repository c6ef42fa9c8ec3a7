import assert from 'node:assert/strict';
import test from 'node:test';
import { type ActivityStart, silentRecorder } from './activity.ts';
import { attributeEntries } from './activity-attributes.ts';
import type { Call } from './call.ts';

const call: Call = {
  trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: false },
  signal: new AbortController().signal,
};

test('activity attributes: a missing, renamed or mistyped one does not compile', async () => {
  // @ts-expect-error -- actorId is missing
  const missing: ActivityStart<'timer.set'> = { kind: 'timer.set', name: 'a/1/t', attributes: { actorType: 'a' } };
  // @ts-expect-error -- it is called `key`
  const renamed: ActivityStart<'secret.get'> = { kind: 'secret.get', name: 's', attributes: { secretKey: 'k' } };
  assert.notEqual(missing.kind, renamed.kind);
  const start: ActivityStart<'publish'> = { kind: 'publish', name: 't', attributes: { pubsub: 'p' } };
  await silentRecorder.record(call, start, async (_inner, scope) => {
    scope.set('id', 'e1');
    // @ts-expect-error -- an attribute of deliveries
    scope.set('outcome', 'ok');
    // @ts-expect-error -- a text
    scope.set('id', 1);
  });
});

test('attributeEntries: absent attributes are left out', () => {
  assert.deepEqual(attributeEntries({ key: 'k', bytes: undefined }), [['key', 'k']]);
});
