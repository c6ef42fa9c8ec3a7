/** Object ids of Postgres's types. */
const types = {
  bool: [16],
  bytea: [17],
  number: [20, 21, 23, 26, 700, 701, 1700],
  json: [114, 3802],
  date: [1082],
  timestamp: [1114],
  timestamptz: [1184],
  uuid: [2950],
} as const;

/** Array types with the type of their elements. */
const arrays: ReadonlyMap<number, number> = new Map([
  [1000, 16],
  [1001, 17],
  [1005, 21],
  [1007, 23],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1231, 1700],
  [1009, 25],
  [1015, 1043],
  [1182, 1082],
  [1115, 1114],
  [1185, 1184],
  [2951, 2950],
  [199, 114],
  [3807, 3802],
]);

/**
 * Converts a column's text to the JSON of upstream's binding: numbers with all digits, times as RFC 3339 in UTC, bytes as
 * base64, and a uuid as an array of its 16 bytes. Other types stay text.
 */
export function jsonCell(type: number, text: string | null): string {
  if (text === null) return 'null';
  const element = arrays.get(type);
  if (element !== undefined) return jsonArray(element, text);
  if (is(type, types.number)) return /^-?[\d.]+(e[+-]?\d+)?$/i.test(text) ? text : JSON.stringify(text);
  if (is(type, types.bool)) return text === 't' ? 'true' : 'false';
  if (is(type, types.json)) return text;
  if (is(type, types.bytea)) return JSON.stringify(Buffer.from(text.slice(2), 'hex').toString('base64'));
  if (is(type, types.uuid)) return JSON.stringify([...Buffer.from(text.replaceAll('-', ''), 'hex')]);
  if (is(type, types.date)) return JSON.stringify(/^\d/.test(text) ? `${text}T00:00:00Z` : text);
  if (is(type, types.timestamp)) return JSON.stringify(/^\d/.test(text) ? `${text.replace(' ', 'T')}Z` : text);
  if (is(type, types.timestamptz)) return JSON.stringify(inUtc(text));
  return JSON.stringify(text);
}

function is(type: number, oids: readonly number[]): boolean {
  return oids.includes(type);
}

/** `2020-01-02 04:04:05.123456+01`: digits beyond the millisecond are preserved. */
function inUtc(text: string): string {
  const match = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d)(?::?(\d\d))?/.exec(text);
  if (!match) return text;
  const [, date = '', time = '', fraction = '', hours = '', minutes = '00'] = match;
  return `${new Date(`${date}T${time}${hours}:${minutes}`).toISOString().slice(0, 19)}${fraction}Z`;
}

/** `{1,NULL,"a \" b",{…}}`, nested to any depth. */
function jsonArray(element: number, text: string): string {
  let at = text.indexOf('{');
  const list = (): string => {
    const items: string[] = [];
    at += 1;
    while (at < text.length && text[at] !== '}') {
      if (text[at] === ',') at += 1;
      items.push(text[at] === '{' ? list() : item());
    }
    at += 1;
    return `[${items.join(',')}]`;
  };
  const item = (): string => {
    if (text[at] !== '"') {
      const from = at;
      while (at < text.length && text[at] !== ',' && text[at] !== '}') at += 1;
      const plain = text.slice(from, at);
      return jsonCell(element, plain === 'NULL' ? null : plain);
    }
    let value = '';
    for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
      if (text[at] === '\\') at += 1;
      value += text[at] ?? '';
    }
    at += 1;
    return jsonCell(element, value);
  };
  return list();
}
