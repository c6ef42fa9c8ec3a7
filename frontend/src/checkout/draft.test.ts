import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { emptyFields } from './checkout-fields.ts';
import { saveDraft, readDraft } from './draft.ts';

test('saveDraft: stores contact and address, but no card data', () => {
  let stored = '';
  const storage = {
    getItem: () => stored,
    setItem: (_entry: string, text: string) => (stored = text),
    removeItem: () => undefined,
  };
  saveDraft(storage, {
    ...emptyFields,
    name: 'Ada',
    city: 'Haven',
    number: '4242424242424242',
    cvc: '123',
    expiry: '12/30',
  });
  deepEqual(readDraft(storage), { ...emptyFields, name: 'Ada', city: 'Haven' });
  equal(/4242|123|12\/30/.test(stored), false);
});

test('readDraft: an invalid entry returns empty fields', () => {
  for (const text of ['{', '7', 'null', '{"name":5,"number":"4242"}']) {
    deepEqual(readDraft({ getItem: () => text, setItem: () => undefined, removeItem: () => undefined }), emptyFields);
  }
});
