import { STATUS_CODES } from 'node:http';

const plainJson = 'application/json; charset=utf-8';
/** Set from the call's trace; the caller cannot set these. */
const traceNames = ['traceparent', 'tracestate', 'baggage'];

/** Metadata whose name begins with an uppercase character is a header. */
export function headerPairs(
  metadata: Readonly<Record<string, string>>,
  token: { readonly name: string; readonly value: string } | undefined,
  hasBody: boolean,
): Record<string, string> {
  const headers: Record<string, string> = {};
  if (hasBody) headers['content-type'] = plainJson;
  headers['accept'] = plainJson;
  if (token) headers[token.name.toLowerCase()] = token.value;
  for (const [name, value] of Object.entries(metadata)) {
    const lower = name.toLowerCase();
    if (/^[A-Z]/.test(name) && !traceNames.includes(lower)) headers[lower] = value;
  }
  for (const name of traceNames) {
    const value = metadata[name];
    if (value) headers[name] = value;
  }
  return headers;
}

/** Names in Go's canonical form, `Content-Type`; several values of one name are joined with commas. */
export function joinedHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) joined[canonical(name)] = typeof value === 'string' ? value : value.join(', ');
  return joined;
}

export function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
}

function canonical(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (match) => match.toUpperCase());
}
