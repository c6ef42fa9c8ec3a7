import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFlags, usageText } from './flags.ts';

test('parseFlags: one dash or two, and the value after an equals sign or a space', () => {
  const flags = parseFlags(['--app-id', 'cart', '-dapr-http-port=3501', '--app-max-concurrency', '-1']);
  assert.equal(flags.text('app-id'), 'cart');
  assert.equal(flags.text('dapr-http-port'), '3501');
  assert.equal(flags.integer('app-max-concurrency'), -1);
});

test('parseFlags: a boolean flag takes no value from the next argument', () => {
  const flags = parseFlags(['--log-as-json', '--enable-metrics=false', '--app-id', 'a']);
  assert.equal(flags.isOn('log-as-json'), true);
  assert.equal(flags.isOn('enable-metrics'), false);
  assert.equal(flags.text('app-id'), 'a');
});

test('parseFlags: a list may be repeated and may contain commas', () => {
  assert.deepEqual(parseFlags(['--config', 'a,b', '--config=c']).list('config'), ['a', 'b', 'c']);
});

test('parseFlags: an unknown flag is an error with the nearest known one', () => {
  assert.throws(
    () => parseFlags(['--dapr-http-prot', '1']),
    /unknown flag: --dapr-http-prot \(did you mean --dapr-http-port\?\)/,
  );
  assert.throws(() => parseFlags(['--constructor']), /unknown flag: --constructor/);
});

test('parseFlags: an invalid and a missing value are errors', () => {
  assert.throws(() => parseFlags(['--app-health-threshold', 'many']), /expected an integer/);
  assert.throws(() => parseFlags(['--app-id']), /flag needs a value: --app-id/);
  assert.throws(() => parseFlags(['stray']), /unexpected argument: stray/);
});

test('parseFlags: a flag without effect is listed with its reason', () => {
  const { withoutEffect: idle } = parseFlags(['--scheduler-job-streams', '10', '--scheduler-host-address=']);
  assert.deepEqual(
    idle.map(({ flag }) => flag),
    ['scheduler-job-streams'],
  );
});

test('usageText: lists every flag of the reference', () => {
  assert.match(
    usageText(),
    /--dapr-graceful-shutdown-seconds integer\s+Time for running work when stopping \(default 5\)/,
  );
});
