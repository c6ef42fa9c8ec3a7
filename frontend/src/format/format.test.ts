import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { eur } from '@tidewater/contracts/money.ts';
import { itemCount } from './count.ts';
import { formatMoney, formatWholeEuros } from './money.ts';
import { formatStock } from './stock.ts';
import { formatClock, formatDuration, formatMoment } from './time.ts';
import { formatWeight } from './weight.ts';

test('formatMoney: always includes the cents', () => {
  deepEqual([eur(0), eur(5), eur(129900)].map(formatMoney), ['€0.00', '€0.05', '€1,299.00']);
  equal(formatWholeEuros(129900), '€1,299');
});

test('formatWeight: kilograms from 1000 g on', () => {
  deepEqual([85, 999, 1000, 24_350].map(formatWeight), ['85 g', '999 g', '1 kg', '24.4 kg']);
});

test('formatDuration: chooses unit and precision by length', () => {
  deepEqual([0.44, 9.96, 12.4, 3210, 125_000].map(formatDuration), [
    '0.4 ms',
    '10.0 ms',
    '12 ms',
    '3.2 s',
    '2 min 5 s',
  ]);
});

test('formatStock: a text for each level', () => {
  deepEqual([0, 1, 3, 40].map(formatStock), ['Sold out', 'The last one', '3 left', '40 in stock']);
});

test('formatClock, formatMoment: exact to the second, and an invalid date is unchanged', () => {
  equal(/^\d{2}:\d{2}:\d{2}$/.test(formatClock('2026-11-22T14:03:27.120Z')), true);
  equal(formatClock('soon'), 'soon');
  equal(formatMoment('2026-11-22T12:00:00Z').startsWith('22 November 2026, '), true);
});

test('itemCount: singular and plural', () => {
  deepEqual([itemCount(1), itemCount(2), itemCount(0)], ['1 item', '2 items', '0 items']);
});
