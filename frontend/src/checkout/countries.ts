import { countryCodes } from '@tidewater/contracts/countries.ts';

/** Countries with a delivery time of two to four days; for others it depends on the local post. */
const near = new Set('AT BE CH CZ DE DK EE ES FI FR GB IE IT LT LU LV NL NO PL PT SE'.split(' '));

const names = new Intl.DisplayNames('en', { type: 'region' });

/** `NL` → `Netherlands`. An unknown code is returned unchanged. */
export const countryName = (code: string): string => {
  try {
    return names.of(code) ?? code;
  } catch {
    // Intl throws on malformed codes; bad data must not break the page.
    return code;
  }
};

export const isNear = (code: string): boolean => near.has(code);

const byName = (codes: readonly string[]): readonly (readonly [code: string, name: string])[] =>
  codes.map((code) => [code, countryName(code)] as const).toSorted((a, b) => a[1].localeCompare(b[1], 'en'));

export const nearCountries = byName(countryCodes.filter(isNear));
export const farCountries = byName(countryCodes.filter((code) => !isNear(code)));
