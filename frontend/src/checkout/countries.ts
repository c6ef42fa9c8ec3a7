import { countryCodes } from '@tidewater/contracts/countries.ts';

/** Where a parcel is two to four days on its way; elsewhere it depends on the post. */
const near = new Set('AT BE CH CZ DE DK EE ES FI FR GB IE IT LT LU LV NL NO PL PT SE'.split(' '));

const names = new Intl.DisplayNames('en', { type: 'region' });

/** `NL` → `Netherlands`. A code that has no name is shown as it is. */
export const countryName = (code: string): string => {
  try {
    return names.of(code) ?? code;
  } catch {
    // Intl throws on what is no code at all; data must not take the page down.
    return code;
  }
};

export const isNear = (code: string): boolean => near.has(code);

const byName = (codes: readonly string[]): readonly (readonly [code: string, name: string])[] =>
  codes.map((code) => [code, countryName(code)] as const).toSorted((a, b) => a[1].localeCompare(b[1], 'en'));

export const nearCountries = byName(countryCodes.filter(isNear));
export const farCountries = byName(countryCodes.filter((code) => !isNear(code)));
