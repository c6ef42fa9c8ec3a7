import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processLog } from './log.ts';
import type { LogOptions } from './log.ts';

function logged(options: Partial<LogOptions>, write: (log: ReturnType<typeof processLog>) => void): string {
  let text = '';
  const base = {
    level: 'info',
    asJson: false,
    appId: 'cart',
    instance: 'box',
    version: '1',
    now: () => 1_800_000_000_000.25,
  } as const;
  write(processLog({ ...base, ...options, write: (line) => (text += line) }));
  return text;
}

test("processLog: a text line has the reference's form, with nanoseconds and sorted fields", () => {
  const line = logged({}, (log) => log.scoped('dapr.runtime.actor').warn({ topic: 'a b', attempt: 2 }, 'printed "no"'));
  assert.equal(
    line,
    'time="2027-01-15T08:00:00.000250000Z" level=warning msg="printed \\"no\\"" app_id=cart attempt=2 instance=box scope=dapr.runtime.actor topic="a b" type=log ver=1\n',
  );
});

test('processLog: a JSON line has the same fields', () => {
  const line = logged({ asJson: true }, (log) => log.error({ error: new Error('broke') }, 'failed'));
  assert.deepEqual(JSON.parse(line), {
    error: 'broke',
    app_id: 'cart',
    instance: 'box',
    scope: 'dapr.runtime',
    type: 'log',
    ver: '1',
    level: 'error',
    msg: 'failed',
    time: '2027-01-15T08:00:00.000250000Z',
  });
});

test('processLog: lines below the level are not written', () => {
  assert.equal(
    logged({ level: 'error' }, (log) => log.info({}, 'no')),
    '',
  );
});
