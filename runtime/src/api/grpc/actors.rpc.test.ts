import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { BytesValueSchema } from '@bufbuild/protobuf/wkt';
import type { ActorsBlock } from '#blocks/actors/actors.ts';
import { reminderNotFound } from '#blocks/actors/errors.ts';
import { actorRpcs } from './actors.rpc.ts';
import { openGrpcServer } from './testing.ts';

const cat = { type: 'Cat', id: '7' };
const wire = { actorType: 'Cat', actorId: '7' };

/** Records the requests to the block, without the call itself. */
async function openApi(overrides: Partial<ActorsBlock> = {}) {
  const received: unknown[] = [];
  const traces: string[] = [];
  const note =
    (name: string) =>
    async (call: { trace: { traceId: string } }, ...rest: unknown[]) => {
      traces.push(call.trace.traceId);
      received.push([name, ...rest]);
    };
  const names = ['commit', 'setReminder', 'deleteReminder', 'deleteReminders', 'setTimer', 'deleteTimer'];
  const block = {
    turnTrace: () => undefined,
    ...Object.fromEntries(names.map((name) => [name, note(name)])),
    ...overrides,
  } as unknown as ActorsBlock;
  const api = await openGrpcServer(actorRpcs(block));
  return { api, received, traces, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

test('InvokeActor: metadata becomes headers, except those only a sidecar may set', async () => {
  const seen: unknown[] = [];
  await using fixture = await openApi({
    async invoke(_call, actor, method, request) {
      seen.push(actor, method, request.headers, Buffer.from(request.body).toString('utf8'));
      return { status: 200, headers: [], body: Buffer.from('meow') };
    },
  });
  const metadata = { 'x-mine': '1', 'Dapr-Caller-App-Id': 'forged', 'Dapr-Reentrancy-Id': 'r' };
  const request = { ...wire, method: 'speak', data: Buffer.from('please'), metadata };
  const { message } = await fixture.api.call('invokeActor', request);
  assert.equal(Buffer.from(message?.data ?? []).toString('utf8'), 'meow');
  const headers = ['x-mine', '1', 'Dapr-Reentrancy-Id', 'r', 'Dapr-API-Call', 'true'];
  assert.deepEqual(seen, [cat, 'speak', headers, 'please']);
});

test('actor state: read with its expiry, changed in one transaction', async () => {
  const stored = { data: Buffer.from('1'), etag: 'e', expiresAt: Date.UTC(2030, 0, 1) };
  await using fixture = await openApi({ getState: async (_call, _actor, key) => (key === 'a' ? stored : undefined) });
  const { message } = await fixture.api.call('getActorState', { ...wire, key: 'a' });
  assert.deepEqual(message?.metadata, { ttlExpireTime: '2030-01-01T00:00:00Z' });
  assert.equal((await fixture.api.call('getActorState', { ...wire, key: 'b' })).message?.data.length, 0);

  const value = { value: Buffer.from('1') };
  const operations = [
    { operationType: 'upsert', key: 'a', value, metadata: { ttlInSeconds: '5' } },
    { operationType: 'delete', key: 'b' },
  ];
  const metadata = { 'x-outrigger-turn': 't1' };
  await fixture.api.call('executeActorStateTransaction', { ...wire, operations }, { metadata });
  const expected = [
    { kind: 'set', key: 'a', value: Buffer.from('1'), ttlSeconds: 5 },
    { kind: 'delete', key: 'b' },
  ];
  assert.deepEqual(fixture.received, [['commit', cat, { operations: expected, reminders: [], events: [] }, 't1']]);
  const rejectionCode = async (operation: object) => {
    return (await fixture.api.call('executeActorStateTransaction', { ...wire, operations: [operation] })).code;
  };
  assert.equal(await rejectionCode({ operationType: 'rename', key: 'a' }), 12);
  assert.equal(await rejectionCode({ operationType: 'upsert' }), 3);
  assert.equal(await rejectionCode({ operationType: 'upsert', key: 'a', metadata: { ttlInSeconds: 'soon' } }), 3);
  assert.equal(await rejectionCode({ operationType: 'upsert', key: 'a', metadata: { ttlInSeconds: '1e30' } }), 3);
});

test('RegisterActorTimer and RegisterActorReminder: data is base64, and absent when empty', async () => {
  await using fixture = await openApi();
  const schedule = { ...wire, name: 'nap', dueTime: '1s', period: '2s', data: Buffer.from('hi') };
  await fixture.api.call('registerActorTimer', { ...schedule, callback: 'sleep' });
  await fixture.api.call('registerActorReminder', { ...schedule, data: Buffer.alloc(0), overwrite: false });
  await fixture.api.call('unregisterActorTimer', { ...wire, name: 'nap' });
  await fixture.api.call('unregisterActorReminder', { ...wire, name: 'nap' });
  const times = { dueTime: '1s', period: '2s', ttl: '' };
  assert.deepEqual(fixture.received, [
    ['setTimer', cat, 'nap', { ...times, data: '"aGk="', callback: 'sleep' }],
    ['setReminder', cat, 'nap', { ...times, overwrite: false }],
    ['deleteTimer', cat, 'nap'],
    ['deleteReminder', cat, 'nap'],
  ]);
});

test('GetActorReminder: returns the bytes of its JSON, and NotFound without a reminder', async () => {
  await using fixture = await openApi({
    async getReminder(_call, { type, id }, name) {
      if (name !== 'nap') throw reminderNotFound(name);
      return { actorType: type, actorID: id, data: '"aGk="', dueTime: '1s', period: '@every 2s' };
    },
  });
  const { message } = await fixture.api.call('getActorReminder', { ...wire, name: 'nap' });
  assert.deepEqual([message?.dueTime, message?.period, message?.ttl], ['1s', '@every 2s', undefined]);
  const data = fromBinary(BytesValueSchema, message?.data?.value ?? new Uint8Array(0));
  assert.equal(Buffer.from(data.value).toString('utf8'), '"aGk="');
  assert.equal((await fixture.api.call('getActorReminder', { ...wire, name: 'walk' })).code, 5);
});

test('RegisterActorReminder: the failure policy is passed on', async () => {
  await using fixture = await openApi();
  const register = (policy: object) =>
    fixture.api.call('registerActorReminder', { ...wire, name: 'nap', failurePolicy: { policy } as never });
  await register({ case: 'drop', value: {} });
  await register({ case: 'constant', value: { interval: { seconds: 3n, nanos: 500_000_000 } } });
  await register({ case: 'constant', value: { maxRetries: 4 } });
  assert.deepEqual(
    fixture.received.map((received) => (received as { failurePolicy?: unknown }[])[3]?.failurePolicy),
    [{ kind: 'drop' }, { kind: 'constant', intervalMs: 3500 }, { kind: 'constant', intervalMs: 0, maxRetries: 4 }],
  );
});

test('ListActorReminders: lists names, and reminders are deleted by type or by actor', async () => {
  await using fixture = await openApi({
    listReminders: async (_call, type, id) => [
      { name: 'nap', reminder: { actorType: type, actorID: id ?? 'any', data: '1', period: '@every 2s' } },
    ],
  });
  const { message } = await fixture.api.call('listActorReminders', { actorType: 'Cat' });
  const [{ name, reminder } = assert.fail()] = message?.reminders ?? [];
  assert.deepEqual(
    [name, reminder?.actorId, reminder?.period, reminder?.dueTime],
    ['nap', 'any', '@every 2s', undefined],
  );
  const single = await fixture.api.call('listActorReminders', wire);
  assert.equal(single.message?.reminders[0]?.reminder?.actorId, '7');
  await fixture.api.call('unregisterActorRemindersByType', { actorType: 'Cat' });
  await fixture.api.call('unregisterActorRemindersByType', wire);
  assert.deepEqual(fixture.received, [
    ['deleteReminders', 'Cat', undefined],
    ['deleteReminders', 'Cat', '7'],
  ]);
});

test('actor turn: requests within a turn belong to its trace unless they carry another', async () => {
  const turn = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: false };
  await using fixture = await openApi({ turnTrace: () => turn });
  await fixture.api.call('unregisterActorTimer', { ...wire, name: 'nap' });
  const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
  await fixture.api.call('unregisterActorTimer', { ...wire, name: 'nap' }, { metadata: { traceparent } });
  assert.deepEqual(fixture.traces, ['a'.repeat(32), 'c'.repeat(32)]);
});
