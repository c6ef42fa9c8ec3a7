import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInputBinding } from '#blocks/bindings/binding.ts';
import { seededRandom } from '#core/random.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { silentLog } from '#core/log.ts';
import { cronBinding } from './binding.ts';
import { readBindingSchedule, readSchedule } from './schedule.ts';

const start = Date.UTC(2026, 0, 1, 0, 0, 0, 500);
const next = (text: string, zone = 'CRON_TZ=UTC '): string =>
  new Date(readSchedule(zone + text).next(start, start) ?? 0).toISOString();

test('schedule: accepts six fields, names and @every', () => {
  assert.equal(next('*/2 * * * * *'), '2026-01-01T00:00:02.000Z');
  assert.equal(next('0 30 9 * * MON-FRI'), '2026-01-01T09:30:00.000Z');
  assert.equal(next('@daily'), '2026-01-02T00:00:00.000Z');
  assert.equal(next('0 0 12 * * *', 'TZ=America/New_York '), '2026-01-01T17:00:00.000Z');
  assert.equal(
    new Date(readSchedule('@every 1m30s').next(start, start) ?? 0).toISOString(),
    '2026-01-01T00:01:30.500Z',
  );
});

test('schedule: an interval counts from its anchor', () => {
  const schedule = readSchedule('@every 10s');
  assert.equal(schedule.next(1000, 1000), 11_000);
  assert.equal(schedule.next(10_999, 1000), 11_000);
  assert.equal(schedule.next(11_000, 1000), 21_000);
  assert.equal(schedule.next(35_500, 1000), 41_000);
});

test('@every: an interval below a millisecond is rounded up', () => {
  for (const text of ['@every 0s', '@every -1s', '@every 10us']) assert.equal(readSchedule(text).next(5, 0), 6, text);
  assert.equal(readSchedule('@every 1500us').next(5, 0), 6);
});

test('schedule: invalid text is rejected with the reason', () => {
  for (const [text, reason] of [
    ['', /empty/],
    ['bogus', /expected exactly 6 fields, found 1/],
    ['30 * * * *', /found 5/],
    ['60 * * * * *', /second/],
    ['@weakly', /unrecognized descriptor/],
    ['@every x', /failed to parse duration/],
    ['TZ=Nowhere/At_All 0 0 0 * * *', /./],
  ] as const)
    assert.throws(() => readSchedule(text), reason, text);
  assert.ok(readBindingSchedule('30 * * * *').next(start, start));
});

async function binding(schedule: string) {
  const clock = fakeClock(start);
  const dependencies = { log: silentLog, clock, random: seededRandom() };
  const about = { name: 'tick', type: 'bindings.cron', version: 'v1', appId: 'shop', namespace: '' };
  return { clock, binding: await cronBinding({ ...dependencies, ...about, metadata: { schedule } }) };
}

test('cron binding: sends each tick with the time in Go’s format, also after a rejected one', async () => {
  const { clock, binding: cron } = await binding('@every 1s');
  assert.ok(isInputBinding(cron));
  const ticks: string[] = [];
  const reading = await cron.read(({ data, metadata }) => {
    ticks.push(`${data.length} ${metadata['readTimeUTC']}`);
    return Promise.reject(new Error('no'));
  });
  await clock.tick(2500);
  assert.deepEqual(ticks, ['0 2026-01-01 00:00:01.5 +0000 UTC', '0 2026-01-01 00:00:02.5 +0000 UTC']);
  await reading.close(0);
  await clock.tick(5000);
  assert.equal(ticks.length, 2);
  assert.equal(clock.pending, 0);
});

test('cron binding: closing waits for a running tick', async () => {
  const { clock, binding: cron } = await binding('@every 1s');
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<Uint8Array>();
  const reading = await cron.read(() => mayEnd);
  await clock.tick(1000);
  let isClosed = false;
  const closing = reading.close(10_000).then(() => (isClosed = true));
  await clock.tick(100);
  assert.equal(isClosed, false);
  end(Buffer.alloc(0));
  await closing;
  assert.equal(clock.pending, 0);
});

test('cron binding: the schedule is required', () => {
  const context = { name: 'tick', type: '', version: '', appId: '', namespace: '', metadata: {} };
  const dependencies = { log: silentLog, clock: fakeClock(), random: seededRandom() };
  assert.throws(() => void cronBinding({ ...context, ...dependencies }), /schedule is required/);
});
