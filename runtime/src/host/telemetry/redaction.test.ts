import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readablePayload, redact } from './redaction.ts';

const struck = '[struck out]';

test('redact: a card number is removed anywhere except its last digits', () => {
  assert.equal(redact('{"number":"4242424242424242"}'), '{"number":"[card ending 4242]"}');
  assert.equal(redact('pay with 4000 0000 0000 0002 now'), 'pay with [card ending 0002] now');
  assert.equal(redact('{"number":378282246310005}'), '{"number":[card ending 0005]}');
});

test('redact: digits that are not a card number remain', () => {
  for (const text of [
    '4242424242424241',
    '1795363464027',
    '1795363464027158200',
    '00-0af7651916cd43dd8448eb211c80319c',
  ])
    assert.equal(redact(text), text);
});

test('redact: values of sensitive names are removed in any format', () => {
  assert.equal(redact('{"cvc": "123", "a": 1}'), `{"cvc": "${struck}", "a": 1}`);
  assert.equal(
    redact('{"apiKey":"k","accessToken":"t","Set-Cookie":["a","b"]}'),
    `{"apiKey":"${struck}","accessToken":"${struck}","Set-Cookie":"${struck}"}`,
  );
  assert.equal(redact('{"card_number":4242}'), `{"card_number":"${struck}"}`);
  assert.equal(redact('a=1&token=abc&b=2'), `a=1&token=${struck}&b=2`);
  assert.equal(redact('Authorization: Bearer abcdefghijkl'), `Authorization: ${struck}`);
  assert.equal(redact('sent Bearer abcdefghijkl to'), `sent Bearer ${struck} to`);
});

test('redact: JSON within a JSON string is redacted too', () => {
  assert.equal(
    redact('{"data":"{\\"cvc\\":\\"123\\",\\"x\\":1}"}'),
    `{"data":"{\\"cvc\\":\\"${struck}\\",\\"x\\":1}"}`,
  );
});

test('redact: other names remain', () => {
  const text = '{"company":"Pan","tokens":3,"secretary":"x","japan":"y"}';
  assert.equal(redact(text), text);
});

test('readablePayload: bytes that are not text become their count', () => {
  assert.equal(readablePayload(Buffer.from([0, 1, 2, 255]), 4), '[4 bytes]');
});

test('readablePayload: a truncated payload is marked and has no digits at its end', () => {
  assert.equal(readablePayload(Buffer.from('{"n":"42424242'), 40), '{"n":" [26 more bytes]');
});
