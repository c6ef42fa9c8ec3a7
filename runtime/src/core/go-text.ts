/**
 * A decoded JSON value as Go prints it by default (`%v`): `map[a:1 b:[x y]]`, `<nil>`, `1e+06`. Upstream uses it where
 * it does not encode values. Throws RangeError when nested deeper than 1000 levels.
 */
export function goText(value: unknown): string {
  return print(value, 0);
}

const maxDepth = 1000;

function print(value: unknown, depth: number): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return goNumber(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return '<nil>';
  if (depth >= maxDepth) throw new RangeError(`JSON is nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) return `[${value.map((item) => print(item, depth + 1)).join(' ')}]`;
  const names = Object.keys(value).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const fields = value as Readonly<Record<string, unknown>>;
  return `map[${names.map((name) => `${name}:${print(fields[name], depth + 1)}`).join(' ')}]`;
}

/** `%g` with the fewest digits that identify the number: with an exponent below -4 and from 6 on. */
function goNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
