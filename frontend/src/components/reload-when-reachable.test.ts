import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { isLoadFailure, isReloadAllowed } from './reload-when-reachable.ts';

test('isLoadFailure: true only for a failed dynamic import', () => {
  deepEqual(
    [
      new TypeError('Failed to fetch dynamically imported module: http://x/a.js'),
      new TypeError('error loading dynamically imported module: http://x/a.js'),
      new TypeError('Importing a module script failed.'),
      new TypeError('undefined is not a function'),
      new Error('x'),
    ].map(isLoadFailure),
    [true, true, true, false, false],
  );
});

test('isReloadAllowed: false within a minute after the last reload', () => {
  const at = (ms: string | null) => ({ getItem: () => ms });
  deepEqual(
    [
      isReloadAllowed(at(null), 1_000_000),
      isReloadAllowed(at('990000'), 1_000_000),
      isReloadAllowed(at('900000'), 1_000_000),
    ],
    [true, false, true],
  );
});
