import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correctTypos, searchTerms } from './search-terms.ts';

test('searchTerms: terms consist of letters and digits only', () => {
  assert.deepEqual(searchTerms(`Dry-bag's  40 & (!:*) | \\`), ['dry', 'bag', 's', '40']);
});

test('searchTerms: stop words are removed unless nothing else remains', () => {
  assert.deepEqual(searchTerms('a tent for the shore'), ['tent', 'shore']);
  assert.deepEqual(searchTerms('the'), ['the']);
});

test('searchTerms: at most eight terms count', () => {
  assert.equal(searchTerms('one two three four five six seven eight nine ten').length, 8);
});

const vocabulary = ['kayak', 'paddle', 'binoculars', 'drysuit', 'rod'];

test('correctTypos: one edit in a short term and two in a long one are corrected', () => {
  assert.deepEqual(correctTypos(['kajak'], vocabulary), ['kayak']);
  assert.deepEqual(correctTypos(['padlde'], vocabulary), ['paddle']);
  assert.deepEqual(correctTypos(['binocualrz'], vocabulary), ['binoculars']);
});

test('correctTypos: prefixes of known words, short terms and distant terms are unchanged', () => {
  assert.equal(correctTypos(['padd'], vocabulary), undefined);
  assert.equal(correctTypos(['rof'], vocabulary), undefined);
  assert.equal(correctTypos(['kdjdk'], vocabulary), undefined);
});
