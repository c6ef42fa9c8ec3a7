import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseReader } from './http1-response.ts';

interface Parsed {
  status: number;
  headers: readonly string[];
  body: string;
  ends: number;
}

/** What the reader reports for a response that arrives in chunks of one size, each overwritten after it was read. */
function read(response: string, { size = Number.POSITIVE_INFINITY, isHeadOnly = false, closes = false } = {}) {
  const parsed: Parsed = { status: 0, headers: [], body: '', ends: 0 };
  const reader = new ResponseReader();
  reader.begin(
    {
      head: (status, headers) => Object.assign(parsed, { status, headers }),
      chunk: (bytes) => (parsed.body += bytes.toString('latin1')),
      end: () => parsed.ends++,
    },
    { isHeadOnly },
  );
  const bytes = Buffer.from(response, 'latin1');
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    reader.read(chunk);
    chunk.fill(0);
  }
  const isComplete = closes ? reader.close() : parsed.ends === 1;
  return { ...parsed, isComplete, staysOpen: reader.staysOpen, idleLimitMs: reader.idleLimitMs };
}

const chunked =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nX-A:  b \r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\n';
const withLength = 'HTTP/1.1 201\r\nContent-Length: 5\r\nKeep-Alive: timeout=7, max=3\r\nx-empty:\r\n\r\nhello';

for (const size of [1, 2, 3, 7, 1000]) {
  test(`HTTP/1 response reader: responses are parsed alike in chunks of ${size} bytes`, () => {
    const { status, headers, body, isComplete, staysOpen } = read(chunked, { size });
    assert.deepEqual([status, body, isComplete, staysOpen], [200, 'abc0123456789', true, true]);
    assert.deepEqual(headers, ['transfer-encoding', 'gzip, Chunked', 'x-a', 'b']);
    const other = read(withLength, { size });
    assert.deepEqual([other.status, other.body, other.isComplete, other.idleLimitMs], [201, 'hello', true, 7000]);
    assert.deepEqual(other.headers.slice(-2), ['x-empty', '']);
  });
}

test('HTTP/1 response reader: interim responses are skipped, and 101 is not one', () => {
  const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n';
  assert.deepEqual([read(interim + withLength).status, read(interim + withLength, { size: 1 }).body], [201, 'hello']);
  assert.equal(read('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n').status, 101);
});

test('HTTP/1 response reader: a response without a length ends with its connection; a truncated one does not', () => {
  const open = read('HTTP/1.1 200 OK\r\n\r\nso far', { closes: true });
  assert.deepEqual([open.body, open.ends, open.isComplete, open.staysOpen], ['so far', 1, true, false]);
  assert.equal(read(withLength.slice(0, -1), { closes: true }).isComplete, false);
  assert.equal(read(chunked.slice(0, -3), { closes: true }).isComplete, false);
});

test('HTTP/1 response reader: a response without a body needs no length', () => {
  for (const status of [204, 304])
    assert.ok(read(`HTTP/1.1 ${status} x\r\ncontent-length: 9\r\n\r\n`).isComplete, `${status}`);
  assert.ok(read('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n', { isHeadOnly: true }).isComplete);
  assert.ok(read('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n').isComplete);
});

test('HTTP/1 response reader: a connection stays open according to the response', () => {
  const stays = (line: string): boolean => read(`${line}\r\ncontent-length: 0\r\n\r\n`).staysOpen;
  assert.equal(stays('HTTP/1.1 200 OK'), true);
  assert.equal(stays('HTTP/1.1 200 OK\r\nConnection: foo, Close'), false);
  assert.equal(stays('HTTP/1.0 200 OK'), false);
  assert.equal(stays('HTTP/1.0 200 OK\r\nconnection: Keep-Alive'), true);
  assert.equal(stays('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nrest'.slice(0, 15)), true);
});

test('HTTP/1 response reader: a response with two framings is the last one of its connection', () => {
  const both = read('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n');
  assert.deepEqual([both.body, both.isComplete, both.staysOpen], ['ab', true, false]);
});

for (const [what, response] of Object.entries({
  'another protocol': 'SSH-2.0-OpenSSH\r\n\r\n',
  'HTTP/2': 'HTTP/2 200 OK\r\n\r\n',
  'a status that is none': 'HTTP/1.1 20 OK\r\n\r\n',
  'a line without a colon': 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n',
  'a space before the colon': 'HTTP/1.1 200 OK\r\nx : y\r\n\r\n',
  'a folded line': 'HTTP/1.1 200 OK\r\nx: y\r\n z\r\n\r\n',
  'a bare line feed': 'HTTP/1.1 200 OK\r\nx: y\nz: 1\r\n\r\n',
  'a null': 'HTTP/1.1 200 OK\r\nx: \0\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
  'a negative length': 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n',
  'a chunk without a length': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n',
  'a chunk longer than announced': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n',
  'an endless head': `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}`,
  'an endless line': `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;${'y'.repeat(9000)}`,
  'more than was requested': `${withLength}HTTP/1.1 200 OK\r\n\r\n`,
}))
  test(`HTTP/1 response reader: ${what} is rejected`, () => {
    assert.throws(() => read(response));
    assert.throws(() => read(response, { size: 5 }));
  });
