import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestHead } from './http1-request.ts';

const plain = { verb: 'POST', target: '/x?y', host: 'h:1', headers: ['x-a', '1'], bodyLength: 3 };

test('HTTP/1 request head: framing only for requests with a body', () => {
  const start = 'POST /x?y HTTP/1.1\r\nhost: h:1\r\nx-a: 1\r\n';
  assert.equal(requestHead(plain), `${start}content-length: 3\r\n\r\n`);
  assert.equal(requestHead({ ...plain, bodyLength: 0 }), `${start}content-length: 0\r\n\r\n`);
  assert.equal(requestHead({ ...plain, bodyLength: undefined }), `${start}transfer-encoding: chunked\r\n\r\n`);
  assert.doesNotMatch(requestHead({ ...plain, verb: 'GET', bodyLength: 0 }), /content-length/);
});

test('HTTP/1 request head: connection headers are not copied from the message, host is', () => {
  const head = requestHead({ ...plain, headers: ['Content-Length', '9', 'connection', 'close', 'Host', 'other'] });
  assert.match(head, /^POST .*\r\nhost: other\r\ncontent-length: 3\r\n\r\n$/);
});

for (const [what, wrong] of Object.entries({
  'a verb with a space': { verb: 'GET /y' },
  'a path with a space': { target: '/a b' },
  'a path with a line break': { target: '/a\r\nx: y' },
  'a path without a slash': { target: 'a' },
  'a name with a space': { headers: ['x y', '1'] },
  'an empty name': { headers: ['', '1'] },
  'a value with a line break': { headers: ['x', '1\r\ny: 2'] },
  'a value beyond Latin-1': { headers: ['x', '€'] },
  'a transfer coding': { headers: ['transfer-encoding', 'chunked'] },
  'an expectation': { headers: ['expect', '100-continue'] },
}))
  test(`HTTP/1 request head: ${what} cannot be sent`, () => {
    assert.throws(() => requestHead({ ...plain, ...wrong }), /cannot be sent to the app/);
  });
