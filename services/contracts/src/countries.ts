/** ISO 3166-1 alpha-2 codes that are officially assigned. */
const codes =
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK ' +
  'CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS ' +
  'GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV ' +
  'LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM ' +
  'PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR ' +
  'TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW';

export const countryCodes: readonly string[] = codes.split(' ');

const fiveDigits = /^\d{5}$/;
const fourDigits = /^\d{4}$/;
const threeAndTwo = /^\d{3} ?\d{2}$/;

/** Where the form of a postcode is known; elsewhere `anyPostcode` counts. */
const postcodes: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    ...Object.fromEntries(
      ['DE', 'FR', 'ES', 'IT', 'FI', 'EE', 'HR', 'TR', 'UA', 'MC', 'SM', 'VA'].map((c) => [c, fiveDigits]),
    ),
    ...Object.fromEntries(
      ['AT', 'BE', 'CH', 'DK', 'NO', 'HU', 'BG', 'SI', 'LU', 'LI', 'CY', 'AU', 'NZ'].map((c) => [c, fourDigits]),
    ),
    ...Object.fromEntries(['CZ', 'SK', 'SE', 'GR'].map((c) => [c, threeAndTwo])),
    NL: /^\d{4} ?[A-Za-z]{2}$/,
    PL: /^\d{2}-?\d{3}$/,
    PT: /^\d{4}(-?\d{3})?$/,
    RO: /^\d{6}$/,
    LT: /^(LT-?)?\d{5}$/i,
    LV: /^(LV-?)?\d{4}$/i,
    IS: /^\d{3}$/,
    MT: /^[A-Za-z]{3} ?\d{4}$/,
    IE: /^[A-Za-z]\d[\dWw] ?[A-Za-z\d]{4}$/,
    GB: /^[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}$/,
    US: /^\d{5}(-\d{4})?$/,
    CA: /^[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d$/,
  }),
);

const anyPostcode = /^(?=.*[A-Za-z\d])[A-Za-z\d][A-Za-z\d -]{1,11}$/;

/** Where post arrives without one, by the Universal Postal Union; some of these have codes that few people use. */
const withoutPostcodes = new Set(
  (
    'AE AG AO AQ AW BF BI BJ BO BQ BS BV BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GQ GY HK JM KI KM KN KP LC ML MO MR MW NR NU ' +
    'PA QA RW SB SC SL SR SS ST SX SY TD TF TG TK TL TO TT TV UG VC VU YE ZW'
  ).split(' '),
);

/** Whether an address in that country needs one. */
export const needsPostcode = (country: string): boolean => !withoutPostcodes.has(country);

/** Whether this can be a postcode of that country; where none is needed, an empty one is right. */
export function isPostcodeOf(country: string, postcode: string): boolean {
  if (postcode === '') return !needsPostcode(country);
  return (postcodes.get(country) ?? anyPostcode).test(postcode);
}
