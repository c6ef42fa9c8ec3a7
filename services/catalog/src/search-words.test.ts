import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correctedWords, searchWords } from './search-words.ts';

test('words are letters and digits only, whatever is typed between them', () => {
  assert.deepEqual(searchWords(`Dry-bag's  40 & (!:*) | \\`), ['dry', 'bag', 's', '40']);
});

test('fillers are left out unless there is nothing else', () => {
  assert.deepEqual(searchWords('a tent for the shore'), ['tent', 'shore']);
  assert.deepEqual(searchWords('the'), ['the']);
});

test('at most eight words count', () => {
  assert.equal(searchWords('one two three four five six seven eight nine ten').length, 8);
});

const vocabulary = ['kayak', 'paddle', 'binoculars', 'drysuit', 'rod'];

test('one slip in a short word and two in a long one are mended', () => {
  assert.deepEqual(correctedWords(['kajak'], vocabulary), ['kayak']);
  assert.deepEqual(correctedWords(['padlde'], vocabulary), ['paddle']);
  assert.deepEqual(correctedWords(['binocualrz'], vocabulary), ['binoculars']);
});

test('beginnings of known words, tiny words and far words stay as they are', () => {
  assert.equal(correctedWords(['padd'], vocabulary), undefined);
  assert.equal(correctedWords(['rof'], vocabulary), undefined);
  assert.equal(correctedWords(['kdjdk'], vocabulary), undefined);
});
