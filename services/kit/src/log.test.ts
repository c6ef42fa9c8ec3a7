import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
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

test('log: secrets in errors, addresses, classes and what they serialise to are not written', () => {
  class Login {
    user = 'u';
    token = 'leak-1';
  }
  const [line = ''] = linesOf({
    login: new Login(),
    serialised: { toJSON: () => ({ token: 'leak-2' }) },
    address: new URL('http://a:leak-3@host/'),
    error: new Error('connect postgres://user:leak-4@host failed', { cause: new Error('Bearer leak-5-abc') }),
    list: [{ apiKey: 'leak-6', cookies: ['leak-7'], credentials: { a: 'leak-8' }, 'proxy-authorization': 'leak-9' }],
    bytes: Buffer.from('leak'),
  });
  assert.doesNotMatch(line, /leak|108,101/);
  const [request = ''] = linesOf({ method: 'GET', headers: { authorization: 'leak-10' }, socket: {} });
  assert.doesNotMatch(request, /leak/);
});

test('log: a value that cannot be read does not fail its caller', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const unreadable = {
    get a(): unknown {
      throw new Error('no');
    },
  };
  const error = Object.defineProperty(new Error('x'), 'message', { get: () => assert.fail('no') });
  const entry = entryOf({ unreadable, proxy, error, ...Object.create(null), orderId: 'TW-1' });
  assert.deepEqual([entry['orderId'], entry['proxy'], entry['error']], ['TW-1', '[unreadable]', '[unreadable]']);
  assert.equal(linesOf(unreadable).length, 1);
});

test('log: a wide value, a long name and one that repeats itself are cut off', () => {
  const repeated = [0, 1, 2, 3, 4, 5].reduce<unknown>((value) => Array(20).fill(value), 'x');
  const wide = { list: Array(100_000).fill('x'.repeat(50)), ['k'.repeat(1 << 20)]: 1 };
  for (const value of [repeated, wide, { wide }]) {
    const [line = ''] = linesOf({ value });
    assert.ok(line.length < 60_000, `${line.length} characters`);
    assert.match(line, /… \(\d+ (items|fields)\)/);
  }
});

test("log: a field replaces none of the log's own members", () => {
  const [line = ''] = linesOf({ level: 'info', time: 'x', app: 'y', trace: 'z', msg: 'w' });
  assert.equal(line.match(/"msg":/g)?.length, 1);
  const { level, app, msg, level_: field } = JSON.parse(line) as Record<string, unknown>;
  assert.deepEqual([level, app, msg, field], ['error', 'test', 'failed', 'info']);
});

test('log: characters that a terminal obeys are written as escapes', () => {
  const [line = ''] = linesOf({ orderId: '\u009b31m\u202e\u2028\u007f', nested: { '\u009b1m': 1 } });
  // eslint-disable-next-line no-control-regex -- exactly these
  assert.doesNotMatch(line, /[\u007f-\u009f\u2028-\u202e]/);
});

test('log: a full disk does not fail its caller', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, () => {
  const program = `
    const { jsonLog } = await import(${JSON.stringify(new URL('log.ts', import.meta.url).href)});
    const log = jsonLog({ app: 'test', now: () => 0, traceId: () => undefined });
    for (let i = 0; i < 20_000; i++) log.error({ i }, 'failed');
    process.stderr.write('alive');`;
  const full = openSync('/dev/full', 'w');
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
    timeout: 30_000,
  });
  closeSync(full);
  assert.deepEqual([child.status, child.stderr], [0, 'alive']);
});
