import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { countryCodes } from '@tidewater/contracts/countries.ts';
import { countryName, farCountries, isNear, nearCountries } from './countries.ts';

test('countries: each country of the contracts is offered once, with a name', () => {
  const offered = [...nearCountries, ...farCountries];
  deepEqual(offered.map(([code]) => code).toSorted(), countryCodes.toSorted());
  for (const [code, name] of offered) equal(name.length > code.length, true, code);
});

test('countryName: an unknown code is returned unchanged', () => {
  deepEqual(['NL', 'nowhere', ''].map(countryName), ['Netherlands', 'nowhere', '']);
  deepEqual(['NL', 'AQ'].map(isNear), [true, false]);
});
