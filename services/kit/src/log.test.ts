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
