import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correctTypos, searchTerms } from './search-terms.ts';

test('words are letters and digits only, whatever is typed between them', () => {
  assert.deepEqual(searchTerms(`Dry-bag's  40 & (!:*) | \\`), ['dry', 'bag', 's', '40']);
});

test('fillers are left out unless there is nothing else', () => {
  assert.deepEqual(searchTerms('a tent for the shore'), ['tent', 'shore']);
  assert.deepEqual(searchTerms('the'), ['the']);
});

test('at most eight words count', () => {
  assert.equal(searchTerms('one two three four five six seven eight nine ten').length, 8);
});

const vocabulary = ['kayak', 'paddle', 'binoculars', 'drysuit', 'rod'];

test('one slip in a short word and two in a long one are mended', () => {
  assert.deepEqual(correctTypos(['kajak'], vocabulary), ['kayak']);
  assert.deepEqual(correctTypos(['padlde'], vocabulary), ['paddle']);
  assert.deepEqual(correctTypos(['binocualrz'], vocabulary), ['binoculars']);
});

test('beginnings of known words, tiny words and far words stay as they are', () => {
  assert.equal(correctTypos(['padd'], vocabulary), undefined);
  assert.equal(correctTypos(['rof'], vocabulary), undefined);
  assert.equal(correctTypos(['kdjdk'], vocabulary), undefined);
});
