import { type SeededRandom, seededRandom } from '../hostile/seeded-random.ts';

/** A text that has broken programs, and its name in a report. */
export interface HostileString {
  readonly name: string;
  readonly text: string;
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const hex = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
const named = (group: string, texts: readonly string[]): readonly HostileString[] =>
  texts.map((text, at) => ({ name: `${group} ${at + 1}`, text }));

/** NUL, every other C0 and C1 control, DEL: each inside a name, where trimming does not remove it. */
const controls = [...range(0x00, 0x1f), ...range(0x7f, 0x9f)].map((code) => ({
  name: `control ${hex(code)}`,
  text: `A${String.fromCharCode(code)}b`,
}));

/** Unpaired surrogates, in the wrong order, at both ends. */
const surrogates = named('lone surrogate', [
  '\ud800',
  'A\ud800b',
  'A\udbffb',
  'A\udc00b',
  'A\udfffb',
  'Ab\ud83d',
  '\ude00Ab',
  'A\ude00\ud83db',
  'A\ud83d\ud83d\ude00b',
  'A\ufffdb',
]);

/** Invisible characters, and characters that change the display of others. */
const invisible = [
  0x00ad, 0x034f, 0x061c, 0x115f, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b,
  0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206f,
  0x3164, 0xfeff, 0xfff9, 0xfffa, 0xfffb, 0xfffc, 0xfffe, 0xffff, 0x1d173, 0xe0001, 0xe0041, 0xe007f, 0xfdd0, 0x1fffe,
  0x10ffff, 0xe000,
].map((code) => ({ name: `invisible ${hex(code)}`, text: `A${String.fromCodePoint(code)}b` }));

const blanks = named('blank', [
  '',
  ' ',
  '   \t\r\n ',
  '\u00a0',
  '\u2003\u3000',
  '\u200b\u200b',
  '\ufeff',
  '\u2800',
  '\u3164',
  ' A b ',
  '\ufeffAb\ufeff',
]);

const scripts = named('script', [
  'e\u0301'.repeat(10),
  '\u00e9'.repeat(10),
  'Å\u212bA\u030a',
  'ﬁ ﬃ ſ ß ẞ İ ı',
  '\u1100\u1161\u11a8 \uac01',
  'Z\u0310\u0302\u0324a\u0352\u0317l\u0353\u034bg\u0326\u030bo\u0347\u0361',
  `a${'\u0301'.repeat(100)}`,
  `Z${'\u0316\u0317\u0318\u0319'.repeat(500)}`,
  'مرحبا بالعالم',
  'שלום 123 abc',
  'abc\u200fאבג\u200e123',
  'வணக்கம் ಠ_ಠ',
  'ไทยำำำ',
  '👩‍👩‍👧‍👦',
  '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
  '👍🏿🇩🇪❤️‍🔥',
  '🇩',
  '#️⃣',
  '𝕋𝕙𝕖 𝓺𝓾𝓲𝓬𝓴',
  'ⒶⒷ ＡＢ １２',
  'аdmin (Cyrillic a)',
  '𠜎𠜱𠝹𠱓',
  '﷽﷽﷽',
  'ﾊﾛｰ',
]);

/** Lengths around the limits: by code points, by UTF-16 units and by bytes they differ. */
const lengths = [11, 12, 13, 40, 41, 64, 65, 120, 121, 200, 201, 254, 255, 1000].flatMap((length) => [
  { name: `${length} characters`, text: 'x'.repeat(length) },
  { name: `${length} code points of two units`, text: '😀'.repeat(length - 1) + 'x' },
]);
const huge = [
  { name: '70 kB', text: 'y'.repeat(70_000) },
  { name: '1 MB', text: 'z'.repeat(1 << 20) },
];

const injections = named('injection', [
  "'; drop table ordering.orders; --",
  "' or '1'='1",
  '" or ""="',
  "1' union select null, version() --",
  "\\'; select pg_sleep(10); --",
  '$1',
  '$$select$$',
  "E'\\x00'",
  '%_%',
  '\\',
  '\\\\',
  '"',
  "'",
  '`id`',
  '$(touch /tmp/x)',
  '; ls | cat &',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "javascript:alert('1')",
  '<!--#exec cmd="ls"-->',
  ']]><![CDATA[',
  '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
  '{{7*7}} ${7*7} <%= 7*7 %> #{7*7}',
  '${jndi:ldap://127.0.0.1/a}',
  '{"$gt":""}',
  '{"__proto__":{"admin":true}}',
  '","role":"staff","x":"',
  '{"a":1,"a":2}',
  '[]',
  '{}',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  'file:///etc/passwd',
  'http://127.0.0.1:3500/v1.0/secrets/secrets/DATABASE_URL',
  '%s%n%x%d%p',
  '%00',
  '%2e%2e%2f',
  '%',
  '%zz',
  '%c0%af',
  '\\u0000',
  '\\x00',
  '&#0;',
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007',
  '\u009b31m',
  'line\r\n{"level":"error","message":"forged"}',
  'line\nlevel=error forged',
  'a\r\nset-cookie: tidewater=stolen',
  'a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
  'a\nbcc: all@example.org',
  'a||b||c',
  'order||order||x',
  '$JS.API.STREAM.DELETE.orders',
  'orders.>',
  '*',
  '>',
  'a b',
  'a/b',
  'a?b=c#d',
  'a;b=c',
  '=cmd|calc!A1',
  '@SUM(1+1)',
]);

const reservedWords = named('word', [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'true',
  'NaN',
  'Infinity',
  'CON',
  'root',
  '.',
  '..',
]);

const numbers = named('number', [
  '0',
  '-0',
  '-1',
  '1',
  '1.5',
  '1e999',
  '-1e999',
  '0x10',
  '١٢٣',
  '１２',
  '²',
  '1_000',
  '1,000',
  '9007199254740993',
  '18446744073709551616',
  '99999999999999999999999999999999',
  '2147483648',
  '0'.repeat(300),
  '2026-02-30T25:61:00Z',
]);

const mixParts = [
  '\0',
  '\ud800',
  '\u202e',
  '\ufeff',
  '😀',
  'é',
  'e\u0301',
  '\r\n',
  "'",
  '"',
  '\\',
  '%2f',
  '../',
  '<',
  'A',
];

/** Several of the above in one text, the same for the same seed. */
const mixed = (random: SeededRandom): readonly HostileString[] =>
  named(
    'mixture',
    Array.from({ length: 12 }, () => Array.from({ length: 8 }, () => random.pick(mixParts)).join('')),
  );

/** At least 200 of them, in the same order in each run of one seed. */
export function hostileStrings(seed: number): readonly HostileString[] {
  return [
    ...controls,
    ...surrogates,
    ...invisible,
    ...blanks,
    ...scripts,
    ...lengths,
    ...huge,
    ...injections,
    ...reservedWords,
    ...numbers,
    ...mixed(seededRandom(seed)),
  ];
}

/** UTF-8 with surrogates encoded like other characters, which no decoder should accept. */
export function generalizedUtf8(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    parts.push(
      isSurrogate
        ? Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)])
        : Buffer.from(character),
    );
  }
  return Buffer.concat(parts);
}

/** All bytes but `A-Z`, `a-z`, `0-9` and `-_.~` as `%XX`. */
export function percentEncoded(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  return Array.from(generalizedUtf8(text), (byte) =>
    /[\w.~-]/.test(String.fromCharCode(byte)) && byte < 0x80
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
