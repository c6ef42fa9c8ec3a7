import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jetstreamBroker } from './broker.ts';
import { jetStreamSettings } from './settings.ts';
import { contextFor } from './testing.ts';

const settings = (metadata: Readonly<Record<string, string>>) =>
  jetStreamSettings(contextFor({ natsurl: 'nats://127.0.0.1:4222', ...metadata }));

test('jetstream settings: all entries but natsURL have defaults', () => {
  const { ackWaitMs, maxDeliver, maxAckPending, inFlight, deliver, login, streamName, replicas } = settings({});
  assert.deepEqual(
    { ackWaitMs, maxDeliver, maxAckPending, inFlight, deliver, login, streamName, replicas },
    {
      ackWaitMs: 30_000,
      maxDeliver: -1,
      maxAckPending: 1000,
      inFlight: 64,
      deliver: { from: 'all' },
      login: { kind: 'none' },
      streamName: undefined,
      replicas: 1,
    },
  );
});

test('jetstream settings: reads upstream’s metadata names', () => {
  const {
    ackWaitMs,
    backOffMs,
    inFlight,
    deliver,
    login,
    explicit: named,
  } = settings({
    ackwait: '1m30s',
    backoff: '50ms, 1s, 10s',
    maxackpending: '5',
    deliverpolicy: 'sequence',
    startsequence: '7',
    token: 'secret',
  });
  assert.deepEqual(
    { ackWaitMs, backOffMs, inFlight, deliver, login },
    {
      ackWaitMs: 90_000,
      backOffMs: [50, 1000, 10_000],
      inFlight: 5,
      deliver: { from: 'sequence', sequence: 7 },
      login: { kind: 'token', token: 'secret' },
    },
  );
  assert.deepEqual(named, { ackWait: true, maxDeliver: false, maxAckPending: true });
  assert.equal(settings({ concurrency: 'single' }).inFlight, 1);
  assert.deepEqual(settings({ deliverpolicy: 'time', starttime: '1630349391' }).deliver, {
    from: 'time',
    time: '2021-08-30T18:49:51.000Z',
  });
});

test('jetstream settings: an invalid entry is named with its value and the expected one', () => {
  assert.throws(() => jetStreamSettings(contextFor({})), /component pubsub: natsURL is missing/);
  assert.throws(() => settings({ ackwait: 'soon' }), /ackWait is 'soon', it should be a duration such as 30s/);
  assert.throws(
    () => settings({ deliverpolicy: 'some' }),
    /deliverPolicy is 'some', it should be one of all, last, new/,
  );
  assert.throws(() => settings({ maxackpending: '0' }), /maxAckPending is '0', it should be an integer from 1/);
  assert.throws(() => settings({ jwt: 'x' }), /jwt and seedKey must be set together/);
});

test('jetstream: without a server the error has the address and advice', { timeout: 20_000 }, async () => {
  const { clock } = contextFor({});
  let now = 0;
  const impatient = {
    ...clock,
    monotonic: () => (now += 1000),
    after: (_: number, task: () => void) => clock.after(1, task),
  };
  const context = { ...contextFor({ natsurl: 'nats://user:pass@127.0.0.1:1' }), clock: impatient };
  await assert.rejects(jetstreamBroker(context), (error: Error) => {
    assert.match(
      error.message,
      /component pubsub: no NATS connection to nats:\/\/127\.0\.0\.1:1: .*is the server running/,
    );
    assert.ok(!error.message.includes('pass'));
    return true;
  });
});

test('jetstream settings: ackWait without backOff is the redelivery delay', () => {
  assert.deepEqual(settings({ ackwait: '2s' }).backOffMs, [2000]);
  assert.deepEqual(settings({ ackwait: '2s', backoff: '1s,5s' }).backOffMs, [1000, 5000]);
  assert.deepEqual(settings({}).backOffMs, []);
});
