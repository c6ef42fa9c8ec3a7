import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cardFingerprint } from './fingerprint.ts';

const card = { number: '4242424242424242', expiry: '12/29', cvc: '123' };

test('card fingerprint: depends on every detail and on the secret, not on how the number is written', () => {
  const fingerprint = cardFingerprint('secret', card);
  assert.equal(cardFingerprint('secret', { ...card, number: '4242 4242-4242 4242' }), fingerprint);
  for (const change of [{ number: '4000000000000002' }, { expiry: '11/29' }, { cvc: '124' }])
    assert.notEqual(cardFingerprint('secret', { ...card, ...change }), fingerprint);
  assert.notEqual(cardFingerprint('other', card), fingerprint);
});
