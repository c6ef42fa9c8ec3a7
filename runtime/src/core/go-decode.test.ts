import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeGo } from './go-decode.ts';
import { any, bool, int, int32, listOf, mapOf, pointer, raw, struct, text, stringMap } from './go-shape.ts';

const shape = struct('p.Item', {
  key: text,
  value: any,
  etag: pointer(text),
  count: int32,
  flag: bool,
  metadata: stringMap,
  options: struct('p.Option', { Mode: text }),
  tags: listOf(text),
});
const read = (json: string | Uint8Array) => decodeGo(shape, json);

test('decodeGo: names match in any case, and the last duplicate wins', () => {
  assert.deepEqual(read('{"KEY":"a","Value":1}'), { key: 'a', value: 1 });
  assert.deepEqual(read('{"key":"a","KEY":"b","key":"c"}'), { key: 'c' });
  assert.deepEqual(read('{"key":"a","Key":"b"}'), { key: 'b' });
  assert.deepEqual(read('{"\\u212aey":"kelvin","tag\\u017f":["long s"]}'), { key: 'kelvin', tags: ['long s'] });
  assert.deepEqual(read('{"options":{"MODE":"x"}}'), { options: { Mode: 'x' } });
});

test('decodeGo: null leaves a value as it is but clears pointers, maps and lists', () => {
  assert.deepEqual(read('{"key":"a","key":null,"count":null,"flag":null}'), {
    key: 'a',
    count: undefined,
    flag: undefined,
  });
  const emptied = read('{"etag":"1","etag":null,"metadata":{"a":"1"},"metadata":null,"tags":["a"],"tags":null}');
  assert.deepEqual(emptied, { etag: undefined, metadata: undefined, tags: undefined });
  assert.deepEqual(read('{"value":1,"value":null}'), { value: null });
  assert.deepEqual(read('{"metadata":{"a":null},"tags":[null]}'), { metadata: { a: '' }, tags: [''] });
  assert.equal(read('null'), undefined);
});

test('decodeGo: a repeated map or struct is merged, a repeated list overwrites', () => {
  assert.deepEqual(read('{"metadata":{"a":"1"},"metadata":{"b":"2"}}'), { metadata: { a: '1', b: '2' } });
  assert.deepEqual(read('{"options":{"Mode":"a"},"Options":{}}'), { options: { Mode: 'a' } });
  assert.deepEqual(read('{"metadata":{"a":"1"},"m\\u0065tadata":{"b":"2"}}'), { metadata: { a: '1', b: '2' } });
  assert.deepEqual(read('{"tags":["a","b"],"tags":[null]}'), { tags: ['a'] });
  // but within a value the last one wins
  assert.deepEqual(read('{"value":{"a":{"x":1},"a":{"y":2}}}'), { value: { a: { y: 2 } } });
});

test('decodeGo: duplicate members are found with spaces before the colon', () => {
  const merged = read('{"metadata":{"a":"1"},"metadata" :{"b" :"2"}}');
  assert.deepEqual(merged, { metadata: { a: '1', b: '2' } });
  assert.throws(() => read('{"key":1,"key"\n:"a"}'), /cannot unmarshal number/);
});

test('decodeGo: long texts and numbers take linear time', () => {
  const began = performance.now();
  const long = 'a1e5'.repeat(8_000_000);
  assert.ok(read(`{"KEY":"a","value":"${long}"}`)?.value === long);
  assert.throws(() => decodeGo(int, '1'.repeat(10_000_000)), /cannot unmarshal number 1+ into/);
  assert.ok(performance.now() - began < 5000);
});

test('decodeGo: a map in thousands of parts takes linear time', () => {
  const began = performance.now();
  const parts = Array.from({ length: 20_000 }, (_, at) => `"metadata":{"a${at}":"${at}"}`);
  const { metadata = {} } = read(`{${parts.join(',')}}`) ?? {};
  assert.equal(Object.keys(metadata).length, parts.length);
  assert.equal(metadata['a19999'], '19999');
  assert.ok(performance.now() - began < 5000);
  const named = read('{"metadata":{"__proto__":"1","a":"1"},"metadata":{"__proto__":"2"}}')?.metadata ?? {};
  assert.deepEqual(Object.entries(named), [
    ['__proto__', '2'],
    ['a', '1'],
  ]);
});

test("decodeGo: a type mismatch is Go's error text", () => {
  const cases = [
    ['{"key":1}', 'json: cannot unmarshal number into Go struct field Item.key of type string'],
    ['{"options":{"mode":[]}}', 'json: cannot unmarshal array into Go struct field Option.options.Mode of type string'],
    ['{"flag":"true"}', 'json: cannot unmarshal string into Go struct field Item.flag of type bool'],
    ['[]', 'json: cannot unmarshal array into Go value of type p.Item'],
    ['{"count":1.0}', 'json: cannot unmarshal number 1.0 into Go struct field Item.count of type int32'],
    ['{"count":2147483648}', 'json: cannot unmarshal number 2147483648 into Go struct field Item.count of type int32'],
    ['{"metadata":{"a":1}}', 'json: cannot unmarshal number into Go struct field Item.metadata of type string'],
  ] as const;
  for (const [json, message] of cases) assert.throws(() => read(json), { name: 'TypeError', message }, json);
  for (const json of ['{"value":1e400,"value":1}', '{"VALUE":[{"a":-1e999,"a":1}]}'])
    assert.throws(() => read(json), /cannot unmarshal number -?1e\d+ into Go struct field Item.value of type float64/);
  assert.deepEqual(read('{"VALUE":["1e400",1e-400]}'), { value: ['1e400', 0] });
  assert.deepEqual(read('{"count":-2147483648}'), { count: -2147483648 });
  assert.equal(decodeGo(int, '9007199254740993'), 9007199254740992);
});

test("decodeGo: invalid JSON is Go's error text", () => {
  const cases = [
    ['', 'EOF'],
    [' \n', 'EOF'],
    ['{"key":"a"', 'unexpected EOF'],
    ['{"key":tru', 'unexpected EOF'],
    ['{key:1}', "invalid character 'k' looking for beginning of object key string"],
    ['{"key" 1}', "invalid character '1' after object key"],
    ['{"key":01}', "invalid character '1' after object key:value pair"],
    ['{"tags":["a",]}', "invalid character ']' looking for beginning of value"],
    ['{"tags":["a" "b"]}', `invalid character '"' after array element`],
    ['{"key":"a\nb"}', String.raw`invalid character '\n' in string literal`],
    [String.raw`{"key":"\x"}`, "invalid character 'x' in string escape code"],
    ['{"value":1.}', "invalid character '}' after decimal point in numeric literal"],
    ['\ufeff{}', "invalid character '\ufeff' looking for beginning of value"],
  ] as const;
  for (const [json, message] of cases) assert.throws(() => read(json), { name: 'SyntaxError', message }, json);
});

test('decodeGo: trailing text is ignored unless rejectsTrailingText is set', () => {
  assert.deepEqual(read('{"key":"a"} and more'), { key: 'a' });
  assert.deepEqual(decodeGo(any, '5x'), 5);
  assert.throws(
    () => decodeGo(any, '5x', { rejectsTrailingText: true }),
    /invalid character 'x' after top-level value/,
  );
  assert.equal(decodeGo(any, ' 5\n', { rejectsTrailingText: true }), 5);
});

test('decodeGo: invalid UTF-8 bytes and lone surrogates are replaced', () => {
  const bytes = Buffer.concat([Buffer.from('{"key":"ä'), Buffer.from([0xe2, 0x82, 0xff]), Buffer.from('"}')]);
  assert.deepEqual(read(bytes), { key: 'ä\ufffd\ufffd\ufffd' });
  assert.deepEqual(read('{"key":"\\ud800x"}'), { key: '\ufffdx' });
  assert.deepEqual(read('{"key":"\ufffd"}'), { key: '\ufffd' });
});

test('decodeGo: nesting is limited to ten thousand levels, ignored members included', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  assert.doesNotThrow(() => decodeGo(any, nested(10_000)));
  assert.throws(() => decodeGo(any, nested(10_001)), /exceeded max depth/);
  assert.deepEqual(read(`{"KEY":"a","other":${nested(9999)}}`), { key: 'a' });
  assert.throws(() => read(`{"key":"a","other":${nested(10_000)}}`), /exceeded max depth/);
  assert.doesNotThrow(() => read(`{"key":"${'['.repeat(30_000)}"}`));
});

test('decodeGo: raw members keep their numbers and their text', () => {
  const withRaw = struct('p.Raw', { data: raw });
  const big = '{"n":12345678901234567890,"e":1e2}';
  assert.deepEqual(decodeGo(withRaw, `{"data": ${big} }`), { data: big });
  assert.deepEqual(decodeGo(withRaw, '{"data": {"a": [1, "x"]}}'), { data: '{"a":[1,"x"]}' });
  assert.deepEqual(decodeGo(withRaw, '{"data":null}'), { data: 'null' });
  assert.deepEqual(decodeGo(listOf(withRaw), '[{"data":"x"},null]'), [{ data: '"x"' }, {}]);
});

test('decodeGo: __proto__ is a key of a map and not a member of a struct', () => {
  const decoded = decodeGo(mapOf(text), '{"__proto__":"a","__PROTO__":null}') ?? {};
  assert.deepEqual(Object.entries(decoded), [
    ['__proto__', 'a'],
    ['__PROTO__', ''],
  ]);
  assert.deepEqual(Object.entries(read('{"__proto__":{"key":"a"},"Key":"b"}') ?? {}), [['key', 'b']]);
});
