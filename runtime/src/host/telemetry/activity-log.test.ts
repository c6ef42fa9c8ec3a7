import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#core/random.ts';
import type { Call } from '#core/call.ts';
import { defineError } from '#core/errors.ts';
import { fakeClock } from '#core/fake-clock.ts';
import type { ActivityLogOptions } from './activity-log.ts';
import { ActivityLog } from './activity-log.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const call: Call = {
  trace: { traceId, spanId: 'b7ad6b7169203331', sampled: true },
  signal: new AbortController().signal,
};

function activityLog(options: Partial<ActivityLogOptions> = {}) {
  const clock = fakeClock();
  return { clock, log: new ActivityLog({ appId: 'cart', clock, random: seededRandom(), ...options }) };
}

async function record(log: ActivityLog, name: string, input = ''): Promise<void> {
  await log.record(call, { kind: 'state.set', name, attributes: {}, input: Buffer.from(input) }, async () => {});
}

test('ActivityLog: work runs under a child span and is recorded as one activity with its duration', async () => {
  const { clock, log } = activityLog();
  await log.record(call, { kind: 'publish', name: 'orders', attributes: { pubsub: 'p' } }, async (inner, scope) => {
    assert.equal(inner.trace.traceId, traceId);
    assert.notEqual(inner.trace.spanId, call.trace.spanId);
    scope.set('id', 'e1');
    scope.output(Buffer.from('done'));
    await clock.tick(7);
  });
  const [activity] = log.recent({}, 10).activities;
  assert.equal(activity?.parentSpanId, call.trace.spanId);
  assert.equal(activity?.durationMs, 7);
  assert.equal(activity?.outcome, 'ok');
  assert.equal(activity?.output, 'done');
  assert.deepEqual(activity?.attributes, { pubsub: 'p', id: 'e1' });
});

test('ActivityLog: an exception of the work is recorded and rethrown', async () => {
  const { log } = activityLog();
  const broke = defineError({ code: 'ERR_BROKE', http: 500, grpc: 'Internal' }, () => 'it broke')();
  await assert.rejects(
    log.record(call, { kind: 'publish', name: 'x', attributes: { pubsub: 'p' } }, () => Promise.reject(broke)),
    broke,
  );
  const [activity] = log.recent({}, 10).activities;
  assert.deepEqual(activity?.error, { code: 'ERR_BROKE', message: 'it broke' });
});

test('ActivityLog: work can mark its result as an error without throwing', async () => {
  const { log } = activityLog();
  await log.record(call, { kind: 'invoke.receive', name: 'x', attributes: { caller: '' } }, async (_inner, scope) =>
    scope.failed('500', 'the app returned 500'),
  );
  assert.equal(log.recent({}, 1).activities[0]?.outcome, 'error');
});

test('ActivityLog: a private call records no payload', async () => {
  const { log } = activityLog();
  const start = { kind: 'state.set', name: 'x', attributes: {}, input: Buffer.from('in') } as const;
  await log.record({ ...call, isPrivate: true }, start, async (_inner, scope) => scope.output(Buffer.from('out')));
  const [activity] = log.recent({}, 1).activities;
  assert.equal(activity?.input, undefined);
  assert.equal(activity?.output, undefined);
});

test('ActivityLog: the ring drops the oldest activities and reports how many a reader missed', async () => {
  const { log } = activityLog({ capacity: 3 });
  for (const name of ['1', '2', '3', '4', '5']) await record(log, name);
  const page = log.recent({ afterSeq: 1 }, 10);
  assert.deepEqual(
    page.activities.map(({ seq }) => seq),
    [3, 4, 5],
  );
  assert.equal(page.missed, 1);
});

test('ActivityLog: a reader with a higher sequence number gets everything of the new process', async () => {
  const { log } = activityLog();
  await record(log, 'first');
  assert.equal(log.recent({ afterSeq: 500 }, 10).activities.length, 1);
});

test('ActivityLog: payloads are truncated, and overwritten ones are absent while their activity remains', async () => {
  const { log } = activityLog({ payloadCapacity: 32, payloadLimit: 16 });
  await record(log, 'old', 'abcdefghijklmnopqrst');
  assert.equal(log.recent({}, 1).activities[0]?.input, 'abcdefghijklmnop [4 more bytes]');
  await record(log, 'new', '0'.repeat(16));
  await record(log, 'newer', '1'.repeat(16));
  assert.equal(log.recent({}, 3).activities[0]?.input, undefined);
});

test('ActivityLog: card data and tokens are redacted', async () => {
  const { log } = activityLog();
  await record(log, 'x', '{"number":"4242424242424242","cvc":"123"}');
  assert.equal(log.recent({}, 1).activities[0]?.input, '{"number":"[card ending 4242]","cvc":"[struck out]"}');
});

test('ActivityLog: filters select by trace, kind and time', async () => {
  const { clock, log } = activityLog();
  await record(log, 'early');
  await clock.tick(1000);
  await log.record(call, { kind: 'publish', name: 'late', attributes: { pubsub: 'p' } }, async () => {});
  assert.equal(log.recent({ kind: 'publish' }, 9).activities.length, 1);
  assert.equal(log.recent({ since: clock.now() }, 9).activities[0]?.name, 'late');
  assert.equal(log.recent({ traceId: 'f'.repeat(32) }, 9).activities.length, 0);
});

test('ActivityLog: a follower gets the requested past activities, then new ones, until it stops', async () => {
  const { log } = activityLog();
  await record(log, 'past');
  const stop = new AbortController();
  const names: string[] = [];
  const following = (async () => {
    for await (const { name } of log.follow({ afterSeq: 0 }, stop.signal)) names.push(name);
  })();
  await record(log, 'now');
  await record(log, 'then');
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await following;
  assert.deepEqual(names, ['past', 'now', 'then']);
});
