import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextFiring, parseSchedule } from './schedule.ts';

const now = Date.UTC(2026, 0, 1);

test('schedule: without a due time it is due at once, without a period it fires once', () => {
  const schedule = parseSchedule('timer t', {}, now);
  assert.deepEqual(schedule, { dueAt: now });
  assert.equal(nextFiring(schedule, now), undefined);
});

test('schedule: a period of zero fires once', () => {
  assert.deepEqual(parseSchedule('timer t', { dueTime: '1s', period: '0h0m0s0ms' }, now), { dueAt: now + 1000 });
});

test('schedule: repetitions count the first firing', () => {
  const first = parseSchedule('timer t', { period: 'R2/PT1S' }, now);
  const second = nextFiring(first, now);
  assert.equal(second?.dueAt, now + 1000);
  assert.equal(nextFiring(second ?? assert.fail(), now + 1000), undefined);
});

test('schedule: a time to live counts from the first due time and ends the repetitions', () => {
  const first = parseSchedule('timer t', { dueTime: '10s', period: '2s', ttl: '3s' }, now);
  assert.equal(first.expiresAt, now + 13_000);
  const second = nextFiring(first, first.dueAt);
  assert.equal(second?.dueAt, now + 12_000);
  assert.equal(nextFiring(second ?? assert.fail(), second.dueAt), undefined);
});

test('reminder without a due time: it fires after its first period, a timer at once', () => {
  assert.equal(parseSchedule('reminder r', { period: '2s' }, now).dueAt, now + 2000);
  assert.equal(parseSchedule('reminder r', { period: 'R3/PT2S' }, now).dueAt, now + 2000);
  assert.equal(parseSchedule('timer t', { period: '2s' }, now).dueAt, now);
  assert.equal(parseSchedule('reminder r', {}, now).dueAt, now);
  const limited = parseSchedule('reminder r', { period: '2s', ttl: '3s' }, now);
  assert.equal(limited.expiresAt, now + 3000, 'the time to live counts from now');
});

test('time to live: one that ends at the due time is accepted, one that ends before it is not', () => {
  assert.equal(parseSchedule('reminder r', { dueTime: '1s', period: '1s', ttl: '0s' }, now).expiresAt, now + 1000);
  assert.equal(parseSchedule('timer t', { period: '1s', ttl: '0s' }, now).expiresAt, now);
  const early = { dueTime: '4s', period: '1s', ttl: new Date(now + 1000).toISOString() };
  for (const what of ['reminder r', 'timer t']) assert.throws(() => parseSchedule(what, early, now), /already expired/);
});

test('timer: may repeat every month', () => {
  const first = parseSchedule('timer t', { period: 'P1M' }, now);
  assert.equal(nextFiring(first, now)?.dueAt, Date.UTC(2026, 1, 1));
});

test('schedule: an invalid time is rejected by name', () => {
  assert.throws(() => parseSchedule('timer t', { dueTime: 'soon' }, now), /timer t: dueTime "soon" is no time/);
  assert.throws(() => parseSchedule('timer t', { period: '5' }, now), /unsupported period format: "5"/);
  assert.throws(() => parseSchedule('timer t', { period: 'R0/PT1S' }, now), /would never fire/);
  for (const period of ['R-1/PT1S', 'R0/PT1S', 'R-7/PT1S'])
    assert.equal(parseSchedule('reminder r', { period }, now).repetitions, undefined, 'no limit');
  assert.equal(parseSchedule('timer t', { period: 'R-1/PT1S' }, now).repetitions, undefined);
  assert.throws(() => parseSchedule('timer t', { ttl: '2020-01-01T00:00:00Z' }, now), /already expired/);
});

test('schedule: times beyond the range of dates are rejected', () => {
  for (const what of ['timer t', 'reminder r']) {
    assert.throws(() => parseSchedule(what, { period: 'P999999Y' }, now), /unsupported period format/);
    assert.throws(() => parseSchedule(what, { dueTime: 'PT99999999999999S' }, now), /dueTime .* is no time/);
    assert.throws(() => parseSchedule(what, { dueTime: '2026-02-30T00:00:00Z' }, now), /dueTime .* is no time/);
    assert.throws(() => parseSchedule(what, { ttl: 'P9000Y' }, now), /ttl .* is no time/);
  }
});
