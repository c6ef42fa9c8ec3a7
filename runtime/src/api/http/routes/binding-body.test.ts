import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindingBody } from './binding-body.ts';

const read = (text: string) => {
  const { operation, data, metadata } = bindingBody(Buffer.from(text));
  return { operation, data: Buffer.from(data).toString('utf8'), metadata };
};

test('bindingBody: data is re-encoded, strings keep their quotes, names are sorted, absent data is null', () => {
  const data = (text: string): string => read(`{"operation":"create","data":${text}}`).data;
  assert.equal(data('"plain"'), '"plain"');
  assert.equal(data('"größe"'), '"größe"');
  assert.equal(data('"a<b"'), '"a\\u003cb"');
  assert.equal(data('"a\\u0062"'), '"ab"');
  assert.equal(data('"tab\\t"'), '"tab\\t"');
  assert.equal(data('{"b":1, "a":[1, 2]}'), '{"a":[1,2],"b":1}');
  assert.equal(data('5'), '5');
  assert.equal(data('null'), 'null');
  assert.equal(read('{"operation":"get"}').data, 'null');
});

test('bindingBody: a plain string is a slice of the body, wherever it is', () => {
  const body = Buffer.from('{"metadata":{"data":"no","k":"\\"data\\":"}, "data" : "yes", "operation":"x"}');
  const { data, operation, metadata } = bindingBody(body);
  assert.deepEqual([Buffer.from(data).toString(), operation], ['"yes"', 'x']);
  assert.deepEqual(metadata, { data: 'no', k: '"data":' });
  assert.equal(data.buffer, body.buffer);
});

test('bindingBody: member names match in any case', () => {
  const body = '{"Operation":"create","DATA":"x","MetaData":{"Key":"k"}}';
  assert.deepEqual(read(body), { operation: 'create', data: '"x"', metadata: { Key: 'k' } });
  assert.equal(read('{"operation":"create","data":"x","Data":"y"}').data, '"y"');
});

test('bindingBody: the last of several data members wins', () => {
  assert.equal(read('{"data":"a","operation":"x","data":"b"}').data, '"b"');
  assert.equal(read('{"data":"a","operation":"x","data":{"c":1}}').data, '{"c":1}');
});

test('bindingBody: invalid JSON and wrong types are malformed requests', () => {
  const bad = [
    '',
    '{',
    '[]',
    '{"operation":5}',
    '{"metadata":[]}',
    '{"metadata":{"a":1}}',
    '{"data":"a\nb"}',
    '{"data":"open',
    '{"data":"a"',
    '{"data":"a" "operation":"x"}',
    '{"data":"bad\\x"}',
    `{"data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    '{"data":[1e400]}',
    '{"data":1e400}',
  ];
  assert.equal(read('{"data":"a"}}').data, '"a"', 'what follows is not read');
  for (const text of bad)
    assert.throws(
      () => read(text),
      (error: Error & { kind: { http: number } }) => error.kind.http === 400,
      text.slice(0, 40),
    );
  const badUtf8 = Buffer.concat([Buffer.from('{"data":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
  assert.equal(Buffer.from(bindingBody(badUtf8).data).toString(), '"\ufffd("');
});
