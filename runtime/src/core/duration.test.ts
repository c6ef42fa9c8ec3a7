import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPeriod, formatGoDuration, isCalendar, parseGoDuration, parseInstant, parsePeriod } from './duration.ts';

test('parseGoDuration: parts are added up', () => {
  assert.equal(parseGoDuration('1h2m3.5s'), 3_723_500);
  assert.equal(parseGoDuration('250ms'), 250);
  assert.equal(parseGoDuration('-1m'), -60_000);
  assert.equal(parseGoDuration('0'), 0);
  assert.equal(parseGoDuration('.5s'), 500);
});

test('parseGoDuration: invalid text is undefined', () => {
  for (const text of ['', '5', 's', '1 s', '1d', '1s2', 'PT1S']) assert.equal(parseGoDuration(text), undefined, text);
});

test("formatGoDuration: output equals Go's", () => {
  assert.equal(formatGoDuration(10_000), '10s');
  assert.equal(formatGoDuration(60_000), '1m0s');
  assert.equal(formatGoDuration(5_400_000), '1h30m0s');
  assert.equal(formatGoDuration(1500), '1.5s');
  assert.equal(formatGoDuration(100), '100ms');
  assert.equal(formatGoDuration(0), '0s');
});

test('parsePeriod: an ISO 8601 duration may have repetitions and calendar parts', () => {
  assert.deepEqual(parsePeriod('R5/PT1M30S'), { years: 0, months: 0, days: 0, ms: 90_000, repetitions: 5 });
  assert.deepEqual(parsePeriod('P1Y2M1W3D'), { years: 1, months: 2, days: 10, ms: 0 });
  assert.equal(parsePeriod('P'), undefined);
  assert.equal(parsePeriod('PT'), undefined);
  assert.equal(parsePeriod('R/PT1S'), undefined);
  assert.equal(isCalendar(parsePeriod('P1D') ?? assert.fail()), true);
  assert.equal(isCalendar(parsePeriod('PT24H') ?? assert.fail()), false);
});

test('addPeriod: months follow the calendar', () => {
  const period = parsePeriod('P1MT1S') ?? assert.fail();
  assert.equal(addPeriod(Date.UTC(2026, 1, 1), period), Date.UTC(2026, 2, 1, 0, 0, 1));
});

test('parseInstant: an instant is absolute, or relative to the given time', () => {
  assert.equal(parseInstant('2026-01-02T03:04:05Z', 0), Date.UTC(2026, 0, 2, 3, 4, 5));
  assert.equal(parseInstant('2026-01-02T03:04:05.250+01:00', 0), Date.UTC(2026, 0, 2, 2, 4, 5, 250));
  assert.equal(parseInstant('10s', 1000), 11_000);
  assert.equal(parseInstant('PT10S', 1000), 11_000);
  assert.equal(parseInstant('R3/PT10S', 1000), undefined);
  assert.equal(parseInstant('2026-13-45T00:00:00Z', 0), undefined);
  assert.equal(parseInstant('tomorrow', 0), undefined);
});

test("parseGoDuration: a duration beyond Go's range is undefined", () => {
  for (const text of ['2562048h', `${'9'.repeat(400)}s`, '-9223372036856ms', `${'9'.repeat(20)}ns`])
    assert.equal(parseGoDuration(text), undefined, text);
  for (const text of ['2562047h47m16.854775807s', '9223372036854775807ns'])
    assert.equal(Math.trunc(parseGoDuration(text) ?? 0), 9_223_372_036_854);
  assert.ok((parseInstant('2562047h47m16.854775807s', Date.UTC(2026, 0)) ?? 0) < Date.UTC(2400, 0));
  for (const text of ['P999999Y', 'R3/P9999999M', 'P99999999W', `P${'9'.repeat(400)}D`, `PT${'9'.repeat(30)}S`])
    assert.equal(parsePeriod(text), undefined, text);
  assert.equal(parseInstant('P9000Y', Date.UTC(2026, 0)), undefined, 'it ends after the year 9999');
  assert.equal(parseInstant('9999-12-31T23:59:59Z', 0), Date.UTC(9999, 11, 31, 23, 59, 59));
});

test('parseInstant: an invalid day or hour is undefined', () => {
  for (const text of ['2026-02-29T00:00:00Z', '2026-04-31T12:00:00+02:00', '2026-01-01T24:00:00Z'])
    assert.equal(parseInstant(text, 0), undefined, text);
  assert.equal(parseInstant('2028-02-29T00:00:00Z', 0), Date.UTC(2028, 1, 29));
  assert.equal(parseInstant('0001-01-01T00:00:00Z', 0), -62_135_596_800_000);
});

test('parsePeriod: a million digits are rejected quickly', () => {
  for (const text of ['1'.repeat(1_000_000), `1s${'.1'.repeat(500_000)}`, `P${'1'.repeat(1_000_000)}`]) {
    const began = performance.now();
    assert.equal(parsePeriod(text), undefined);
    assert.ok(performance.now() - began < 1000, 'it must not take time that grows with the square of its length');
  }
});
