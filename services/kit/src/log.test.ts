import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonLog } from './log.ts';

function linesOf(fields: Readonly<Record<string, unknown>>): readonly string[] {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  jsonLog({ app: 'test', write, now: () => 0, traceId: () => undefined }).error(fields, 'failed');
  return lines;
}

test('log: a long value is truncated with its length', () => {
  const [line = ''] = linesOf({ orderId: 'z'.repeat(1 << 20), nested: { name: 'y'.repeat(70_000) } });
  assert.ok(line.length < 3_000, `${line.length} characters`);
  assert.match(line, /z… \(1048576 characters\)/);
  assert.match(line, /y… \(70000 characters\)/);
});

test('log: line breaks and escapes of a value stay within its line', () => {
  const [line = '', ...more] = linesOf({ orderId: 'a\r\n{"level":"error"}\u001b[31m', error: new Error('b\nc') });
  assert.deepEqual(more, []);
  assert.equal(line.indexOf('\n'), line.length - 1);
  assert.ok(!line.includes('\u001b'));
});

const entryOf = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  JSON.parse(linesOf(fields)[0] ?? '') as Record<string, unknown>;

test('log: a line has its level as text, an ISO time, the app, the fields and the message', () =>
  assert.deepEqual(entryOf({ orderId: 'TW-1', nothing: undefined }), {
    level: 'error',
    time: '1970-01-01T00:00:00.000Z',
    app: 'test',
    orderId: 'TW-1',
    msg: 'failed',
  }));

test('log: an error is its name, message and cause, at any depth', () => {
  const error = new TypeError('wrong', { cause: new Error('because') });
  const { error: text, nested } = entryOf({ error, nested: { list: [error] } });
  assert.equal(text, 'TypeError: wrong (because)');
  assert.deepEqual(nested, { list: ['TypeError: wrong (because)'] });
});

test('log: secrets are not written, however deep they are', () => {
  const secrets = {
    token: 'tok_1',
    'dapr-api-token': 'a',
    headers: { authorization: 'Bearer b', cookie: 'c=1', 'set-cookie': ['d=1'], 'X-Staff-Token': 'e' },
    list: [{ password: 'f', cvc: '123', SESSION_SECRET: 'g' }],
  };
  const [line = ''] = linesOf(secrets);
  assert.doesNotMatch(line, /tok_1|Bearer|=1|"[a-g]"|123/);
  assert.equal(line.match(/\[redacted\]/g)?.length, 9);
});

test('log: a value that contains itself and one nested without end are lines too', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const deep = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`) as unknown;
  const [line = ''] = linesOf({ circular, deep });
  assert.ok(line.length < 1_000, `${line.length} characters`);
});

test('log: lines below the level are not written, and each has the trace of its context', () => {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const log = jsonLog({ app: 'test', level: 'warn', write, now: () => 0, traceId: () => 'abc' });
  log.info({}, 'not written');
  log.warn({}, 'written');
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /"trace":"abc"/);
});
