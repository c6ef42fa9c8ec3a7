import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mappedBuffer, mappedText } from './mapped-buffer.ts';

test('texts of any size and alphabet are written in UTF-8', () => {
  for (const text of ['', 'a', 'ä€👍', 'x'.repeat(300_000), '€'.repeat(300_000), '👍'.repeat(100_000)])
    assert.ok(mappedText(text).equals(Buffer.from(text)));
});

test('a large buffer has memory of its own, exactly as long as asked', () => {
  const bytes = mappedBuffer(1_000_001);
  assert.equal(bytes.length, 1_000_001);
  assert.equal(bytes.buffer.byteLength, 1_000_001);
  assert.ok(bytes.buffer instanceof ArrayBuffer && bytes.buffer.resizable);
});
