import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SettingsOptions, settingsReader } from './component-settings.ts';
import { RuntimeError } from './errors.ts';

const read = (metadata: Readonly<Record<string, string>>, options?: SettingsOptions) =>
  settingsReader({ name: 'store', metadata }, options);

test('component settings: names are case-insensitive, and an empty entry is not set', () => {
  const reader = read({ maxconns: '7', host: '' });
  assert.equal(reader.integer('maxConns', 1), 7);
  assert.equal(reader.text('host', 'localhost'), 'localhost');
  assert.throws(() => reader.required('host', 'such as localhost:1'), {
    message: 'component store: host is missing, such as localhost:1',
  });
});

test('component settings: an invalid entry is an init error with the entry, its value and the expected one', () => {
  const cases: readonly (readonly [string, (reader: ReturnType<typeof read>) => unknown, string])[] = [
    ['perhaps', (reader) => reader.boolean('a', true), 'true or false'],
    ['1.5', (reader) => reader.integer('a', 1), 'an integer'],
    ['0', (reader) => reader.integer('a', 1, { min: 1 }), 'an integer from 1'],
    ['9', (reader) => reader.integer('a', 1, { min: 0, max: 2 }), 'an integer from 0 to 2'],
    ['soon', (reader) => reader.duration('a'), 'a duration such as 30s'],
    ['-1s', (reader) => reader.duration('a'), 'a duration such as 30s'],
    ['1s,x', (reader) => reader.durations('a'), 'a duration such as 30s'],
    ['c', (reader) => reader.oneOf('a', ['x', 'y'], 'x'), 'one of x, y'],
    ['ftp://x', (reader) => reader.httpUrl('a'), 'an http:// or https:// URL'],
  ];
  for (const [value, use, expected] of cases)
    assert.throws(
      () => use(read({ a: value })),
      (error) =>
        error instanceof RuntimeError &&
        error.kind.code === 'ERR_COMPONENT_INIT' &&
        error.message === `component store: a is '${value}', it should be ${expected}`,
      value,
    );
});

test('component settings: a duration without a unit has the unit of the component', () => {
  const metadata = { a: '30', b: '1m30s', c: '50ms, 1s' };
  assert.equal(read(metadata, { bareDuration: 'seconds' }).duration('a'), 30_000);
  assert.equal(read(metadata, { bareDuration: 'milliseconds' }).duration('a'), 30);
  assert.throws(() => read(metadata).duration('a'), /a is '30', it should be a duration such as 30s$/);
  assert.equal(read(metadata).duration('b'), 90_000);
  assert.equal(read(metadata).duration('missing'), undefined);
  assert.deepEqual(read(metadata).durations('c'), [50, 1000]);
  assert.equal(read({ a: '-1' }, { bareDuration: 'seconds' }).duration('a', { min: -Infinity }), -1000);
});

test('component settings: booleans are strict, isTruthy is as upstream', () => {
  for (const value of ['y', 'YES', 'true', 'T', 'on', '1']) {
    assert.equal(read({ a: value }).boolean('a', false), true, value);
    assert.equal(read({ a: value }).isTruthy('a'), true, value);
  }
  for (const value of ['n', 'no', 'False', 'f', 'off', '0'])
    assert.equal(read({ a: value }).boolean('a', true), false, value);
  assert.equal(read({ a: 'perhaps' }).isTruthy('a'), false);
  assert.equal(read({}).boolean('a', true), true);
});

test('component settings: an error about a secret does not contain it', () => {
  const reader = read({ connectionstring: 'amqp://user:p@ss' });
  assert.equal(reader.secret('connectionString'), 'amqp://user:p@ss');
  assert.equal(
    reader.invalid('connectionString', 'a URL').message,
    'component store: connectionString is invalid, it should be a URL',
  );
});

test('component settings: a pair is set together, and an older name is read', () => {
  assert.deepEqual(read({ cert: 'c', key: 'k' }).pair('cert', 'key'), ['c', 'k']);
  assert.equal(read({}).pair('cert', 'key'), undefined);
  assert.throws(() => read({ key: 'k' }).pair('cert', 'key'), /cert and key must be set together/);
  assert.equal(read({ timeoutinseconds: '5' }).nameOf('timeout', 'timeoutInSeconds'), 'timeoutInSeconds');
  assert.equal(read({}).nameOf('timeout', 'timeoutInSeconds'), 'timeout');
});
