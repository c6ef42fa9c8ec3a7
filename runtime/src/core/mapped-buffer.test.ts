import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mappedBuffer, mappedText, moveInto, textOfBytes } from './mapped-buffer.ts';

test('mappedText: texts of any size are encoded in UTF-8', () => {
  for (const text of ['', 'a', 'ä€👍', 'x'.repeat(300_000), '€'.repeat(300_000), '👍'.repeat(100_000)])
    assert.ok(mappedText(text).equals(Buffer.from(text)));
});

test('mappedBuffer: a large buffer has its own memory of exactly the requested length', () => {
  const bytes = mappedBuffer(1_000_001);
  assert.equal(bytes.length, 1_000_001);
  assert.equal(bytes.buffer.byteLength, 1_000_001);
  assert.ok(bytes.buffer instanceof ArrayBuffer && bytes.buffer.resizable);
});

test('textOfBytes: bytes of any length decode as in Node, wherever a chunk ends', () => {
  const filler = 'x'.repeat(512 * 1024 - 2);
  const broken = Buffer.concat([Buffer.from(filler), Buffer.from([0x80, 0x80, 0x80, 0x80, 0xf0, 0x9f, 0x91])]);
  const texts = [
    '',
    'ä€👍',
    '\ufeffx',
    `${filler}👍${filler}`,
    `${filler}€€`,
    '€'.repeat(400_000),
    '👍'.repeat(300_000),
  ];
  for (const bytes of [...texts.map((text) => Buffer.from(text)), broken])
    assert.ok(textOfBytes(bytes) === bytes.toString('utf8'), `${bytes.length} bytes`);
});

test('moveInto: a moved chunk frees its memory, shared memory stays', () => {
  const target = mappedBuffer(8);
  const separate = Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer);
  moveInto(target, separate, 0);
  const shared = Buffer.from(new Uint8Array([5, 6, 7, 8, 9]).buffer, 0, 4);
  moveInto(target, shared, 4);
  assert.deepEqual([...target], [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(separate.length, 0);
  assert.equal(shared.length, 4);
});
