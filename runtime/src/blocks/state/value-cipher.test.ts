import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError } from '#core/errors.ts';
import { type ValueCipher, valueCipher } from './value-cipher.ts';

const key1 = '00112233445566778899aabbccddeeff';
const key2 = 'ffeeddccbbaa99887766554433221100'.repeat(2);

function cipher(metadata: Record<string, string>, secretNames: Record<string, string>): ValueCipher {
  const made = valueCipher({ name: 'statestore', metadata, secretNames });
  assert.ok(made);
  return made;
}

const plain = Buffer.from('{"card":"none of your business"}');

test('value cipher: the stored value names its key, is encrypted, and decrypts again', () => {
  const one = cipher({ primaryencryptionkey: key1 }, { primaryencryptionkey: 'mykey' });
  const stored = Buffer.from(one.encrypt(plain)).toString();
  assert.match(stored, /^[A-Za-z0-9+/=]+\|\|mykey$/);
  assert.notEqual(stored, Buffer.from(one.encrypt(plain)).toString());
  assert.deepEqual(Buffer.from(one.decrypt(Buffer.from(stored))), plain);
  assert.equal(one.decrypt(one.encrypt(new Uint8Array(0))).length, 0);
});

test('value cipher: a value stored by the reference decrypts', () => {
  const reference =
    'SDArTGxjdnFmZWpoSDJFai9GSTZMWjBYb1l4T3NGTjJFTkcrU3pTRkh6aEcvZHUzNWxqcWh1NUQ2YXdQUHoyNE56az18fG15a2V5';
  const one = cipher({ primaryencryptionkey: key1 + key1 }, { primaryencryptionkey: 'mykey' });
  assert.equal(Buffer.from(one.decrypt(Buffer.from(reference, 'base64'))).toString(), '1.2345678901234568e+20');
});

test('value cipher: after a rotation the second key still decrypts', () => {
  const before = cipher({ primaryencryptionkey: key1 }, { primaryencryptionkey: 'old' });
  const after = cipher(
    { primaryencryptionkey: key2, secondaryencryptionkey: key1 },
    { primaryencryptionkey: 'new', secondaryencryptionkey: 'old' },
  );
  assert.deepEqual(Buffer.from(after.decrypt(before.encrypt(plain))), plain);
  assert.match(Buffer.from(after.encrypt(plain)).toString(), /\|\|new$/);
  assert.throws(() => before.decrypt(after.encrypt(plain)), /encrypted with new/);
});

test('value cipher: modified, truncated and plain values do not decrypt', () => {
  const one = cipher({ primaryencryptionkey: key1 }, { primaryencryptionkey: 'mykey' });
  const stored = Buffer.from(one.encrypt(plain)).toString();
  const flipped = stored.startsWith('A') ? `B${stored.slice(1)}` : `A${stored.slice(1)}`;
  for (const text of [flipped, 'AAAA||mykey', stored.slice(0, -5), '{"a":1}', '||', '']) {
    assert.throws(() => one.decrypt(Buffer.from(text)), RuntimeError, text);
  }
});

test('value cipher: invalid keys are rejected with the reason', () => {
  const assertInvalid = (metadata: Record<string, string>, names: Record<string, string>, why: RegExp): void => {
    assert.throws(() => valueCipher({ name: 'statestore', metadata, secretNames: names }), why);
  };
  assertInvalid({ primaryencryptionkey: key1 }, {}, /must be a secretKeyRef/);
  assertInvalid({ primaryencryptionkey: '' }, { primaryencryptionkey: 'k' }, /must not be empty/);
  assertInvalid({ primaryencryptionkey: 'xyz' }, { primaryencryptionkey: 'k' }, /16, 24 or 32 bytes/);
  assertInvalid({ primaryencryptionkey: 'abcd' }, { primaryencryptionkey: 'k' }, /16, 24 or 32 bytes/);
  assertInvalid({ secondaryencryptionkey: key1 }, { secondaryencryptionkey: 'k' }, /needs a primaryEncryptionKey/);
  assert.equal(valueCipher({ name: 'statestore', metadata: {} }), undefined);
});
