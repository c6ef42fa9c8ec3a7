import type { SeededRandom } from './seeded-random.ts';

/** A placeholder in a JSON value for text that JSON.stringify would not write; `oddJson` replaces it. */
const raw = (text: string): string => `@@${Buffer.from(text).toString('hex')}@@`;

/** Texts that have broken programs before. */
export const oddTexts: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  '../../etc/passwd',
  'a||b',
  '||',
  '\0',
  'a\0b',
  'line\r\nx-evil: 1',
  '\u007f\u0001',
  '\t',
  'ünïcødé',
  '💥'.repeat(20),
  '\ud800',
  'a\udfffb',
  '\ufeff',
  '\u202e',
  'A\u0300'.repeat(50),
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '*',
  '>',
  'a.>',
  '.a',
  'a..b',
  '$JS.API.STREAM.LIST',
  '$SYS.REQ',
  '_INBOX.x',
  "'; drop table state; --",
  '$1',
  '${jndi:ldap://127.0.0.1}',
  '{{7*7}}',
  '%s%n%x',
  '%00',
  '%',
  '-1',
  '0',
  'NaN',
  'null',
  'true',
  '1e999',
  '\\',
  '"',
  'a;b=c',
  'a?b#c',
  'a/b//c',
  'x'.repeat(300),
  'k'.repeat(70_000),
];

/** Texts for durations, times and schedules. */
export const oddTimes: readonly string[] = [
  '-1s',
  '0',
  '0s',
  '1',
  '1.5',
  'NaNs',
  '1e9h',
  '99999999999999999999h',
  'PT',
  'P',
  'P1Y',
  'P99999999999Y',
  'R/PT1S',
  'R-1/PT1S',
  'R99999999999999999999/PT1H',
  'R5/',
  'R5/R5/PT1S',
  '2026-13-45T99:99:99Z',
  '+292277026596-12-04T15:30:07Z',
  '0000-00-00T00:00:00Z',
  '1999-01-01T00:00:00Z',
  '@every 0s',
  '@every -1h',
  '@never',
  '* * * * *',
  '99 99 99 99 99 99',
  '*/0 * * * * *',
  '1h'.repeat(5000),
  'ms',
  '1µs',
  '∞',
];

export const oddNumbers: readonly string[] = [
  '1e999',
  '-1e999',
  '-0',
  '9007199254740993',
  '18446744073709551616',
  '-9223372036854775809',
  '1'.repeat(400),
  '0.1e-400',
  '1e-7',
  '3.4028236e38',
];

const oddFragments: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 31,
  [],
  {},
  [[]],
  [null],
  { a: null },
  { key: {} },
  ...oddNumbers.map(raw),
  raw('[]'.repeat(1)),
  raw('{"a":1,"a":2}'),
  raw('{"__proto__":{"polluted":true}}'),
  raw('{"constructor":{"prototype":{"polluted":true}}}'),
  raw('"\\ud800"'),
  raw('"\\u0000"'),
  raw('NaN'),
  raw('undefined'),
  raw('1,'),
  raw("'x'"),
  raw('/*x*/1'),
  raw('01'),
  raw('"\u0001"'),
];

/** Any JSON value, and some invalid ones. */
export function oddValue(random: SeededRandom): unknown {
  const sort = random.below(10);
  if (sort < 4) return random.pick(oddTexts);
  if (sort < 5) return random.pick(oddTimes);
  if (sort < 6) return raw(deep(random));
  return random.pick(oddFragments);
}

/** Ten thousand levels, closed or not. */
function deep(random: SeededRandom): string {
  const levels = random.pick([100, 1000, 10_000]);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  return open.repeat(levels) + '1' + close.repeat(random.percent(70) ? levels : levels - 1);
}

/** The text of a value with one to three of its parts made odd. */
export function oddJson(valid: unknown, random: SeededRandom): string {
  let value = structuredClone(valid);
  for (let times = 1 + random.below(3); times > 0; times--) value = changed(value, random, 0);
  return textOf(value);
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.replaceAll(/"@@([0-9a-f]+)@@"/g, (_match, hex: string) => Buffer.from(hex, 'hex').toString('utf8'));
}

function changed(value: unknown, random: SeededRandom, depth: number): unknown {
  const isInner = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isInner || random.percent(depth === 0 ? 8 : 25)) return oddValue(random);
  if (Array.isArray(value)) {
    const at = random.below(value.length);
    const item: unknown = value[at];
    // Sometimes many equal items.
    if (random.percent(5)) return Array.from({ length: 500 }, () => item);
    return value.map((each: unknown, i) => (i === at ? changed(each, random, depth + 1) : each));
  }
  const fields = { ...(value as Record<string, unknown>) };
  const name = random.pick(Object.keys(fields));
  const isTime = /time|period|ttl|schedule|interval/i.test(name);
  switch (random.below(10)) {
    case 0:
      delete fields[name];
      break;
    case 1:
      // Not by assignment, which would set the prototype for `__proto__`.
      Object.defineProperty(fields, random.pick(oddTexts), { value: 1, enumerable: true });
      break;
    default:
      fields[name] = isTime ? random.pick(oddTimes) : changed(fields[name], random, depth + 1);
  }
  return fields;
}

/** Bytes in place of JSON that are invalid UTF-8 or incomplete. */
export function brokenBytes(text: string, random: SeededRandom): Buffer {
  const bytes = Buffer.from(text);
  switch (random.below(6)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 1:
      return Buffer.concat([bytes, Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80])]);
    case 2:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 3: {
      const flipped = Buffer.from(bytes);
      for (let times = 0; times < 3 && flipped.length > 0; times++)
        flipped[random.below(flipped.length)] = random.below(256);
      return flipped;
    }
    case 4:
      return random.bytes(random.below(2000));
    default:
      return Buffer.from(text, 'utf16le');
  }
}
