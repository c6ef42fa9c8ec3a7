import type { Seeded } from './seeded.ts';

/** Stands in a JSON value for text that JSON.stringify would not write; `oddJson` puts the text in its place. */
const raw = (text: string): string => `@@${Buffer.from(text).toString('hex')}@@`;

/** Texts that have broken somebody's program before. */
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

const oddPieces: readonly unknown[] = [
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

/** Any value of JSON, and some that are none. */
export function oddValue(chance: Seeded): unknown {
  const sort = chance.below(10);
  if (sort < 4) return chance.pick(oddTexts);
  if (sort < 5) return chance.pick(oddTimes);
  if (sort < 6) return raw(deep(chance));
  return chance.pick(oddPieces);
}

/** Ten thousand levels, closed or not. */
function deep(chance: Seeded): string {
  const levels = chance.pick([100, 1000, 10_000]);
  const [open, close] = chance.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  return open.repeat(levels) + '1' + close.repeat(chance.percent(70) ? levels : levels - 1);
}

/** The text of a value with one to three of its parts made odd. */
export function oddJson(valid: unknown, chance: Seeded): string {
  let value = structuredClone(valid);
  for (let times = 1 + chance.below(3); times > 0; times--) value = changed(value, chance, 0);
  return textOf(value);
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.replaceAll(/"@@([0-9a-f]+)@@"/g, (_whole, hex: string) => Buffer.from(hex, 'hex').toString('utf8'));
}

function changed(value: unknown, chance: Seeded, depth: number): unknown {
  const isInner = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isInner || chance.percent(depth === 0 ? 8 : 25)) return oddValue(chance);
  if (Array.isArray(value)) {
    const at = chance.below(value.length);
    const item: unknown = value[at];
    // Many of a kind, now and then.
    if (chance.percent(5)) return Array.from({ length: 500 }, () => item);
    return value.map((each: unknown, i) => (i === at ? changed(each, chance, depth + 1) : each));
  }
  const fields = { ...(value as Record<string, unknown>) };
  const name = chance.pick(Object.keys(fields));
  const isTime = /time|period|ttl|schedule|interval/i.test(name);
  switch (chance.below(10)) {
    case 0:
      delete fields[name];
      break;
    case 1:
      // Not by assignment, which would take `__proto__` for something else.
      Object.defineProperty(fields, chance.pick(oddTexts), { value: 1, enumerable: true });
      break;
    default:
      fields[name] = isTime ? chance.pick(oddTimes) : changed(fields[name], chance, depth + 1);
  }
  return fields;
}

/** Bytes for where JSON is expected, that are not even text or not whole. */
export function brokenBytes(text: string, chance: Seeded): Buffer {
  const bytes = Buffer.from(text);
  switch (chance.below(6)) {
    case 0:
      return bytes.subarray(0, chance.below(bytes.length + 1));
    case 1:
      return Buffer.concat([bytes, Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80])]);
    case 2:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 3: {
      const flipped = Buffer.from(bytes);
      for (let times = 0; times < 3 && flipped.length > 0; times++)
        flipped[chance.below(flipped.length)] = chance.below(256);
      return flipped;
    }
    case 4:
      return chance.bytes(chance.below(2000));
    default:
      return Buffer.from(text, 'utf16le');
  }
}
