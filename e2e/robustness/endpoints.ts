import type { Attack } from './attack-client.ts';
import { type HostileString, percentEncoded } from './hostile-strings.ts';

/** A route with a valid request, of which one part after the other is replaced. */
export interface Endpoint {
  readonly app: string;
  readonly port: number;
  readonly method: string;
  /** With `:name` for each id. */
  readonly path: string;
  readonly ids?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Headers that the route, or a hook before it, reads. */
  readonly hostileHeaders?: readonly string[];
  /** Routes that a manipulated path must not reach, without the first slash. */
  readonly targets?: readonly string[];
}

export const nameOf = ({ app, method, path }: Endpoint): string => `${app} ${method} ${path}`;

/** The valid request, with parts replaced. */
function attackOn(
  endpoint: Endpoint,
  what: string,
  changes: Partial<Attack> & { query?: string; path?: string },
): Attack {
  const { port, method, headers, body } = endpoint;
  const { query, path, headers: changed, ...rest } = changes;
  const search = query ?? new URLSearchParams(endpoint.query).toString();
  const text = body === undefined ? undefined : JSON.stringify(body);
  return {
    what: `${nameOf(endpoint)}: ${what}`,
    port,
    method,
    target: (path ?? filledPath(endpoint)) + (search && `?${search}`),
    headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...(changed ?? headers) },
    body: text,
    ...rest,
  };
}

function filledPath({ path, ids = {} }: Endpoint, replaced?: { readonly name: string; readonly text: string }): string {
  return path.replaceAll(/:(\w+)/g, (_match, name: string) =>
    name === replaced?.name ? replaced.text : (ids[name] ?? name),
  );
}

const sampleEvery = 12;

/** Each string in each text field: of the body and its member names, the query, the headers, and each id, encoded. */
export function stringAttacks(endpoint: Endpoint, strings: readonly HostileString[]): readonly Attack[] {
  const attacks: Attack[] = [];
  const { body, query = {}, ids = {}, headers = {}, hostileHeaders = [] } = endpoint;
  for (const [at, { name, text }] of strings.entries()) {
    // All strings for text fields, a sample for numbers, lists and names.
    const isSample = at % sampleEvery === 0;
    for (const { path: field } of fieldsOf(body).filter((each) => each.isText || isSample))
      attacks.push(
        attackOn(endpoint, `${field.join('.') || 'body'} = ${name}`, {
          body: JSON.stringify(replaced(body, field, text)),
        }),
      );
    // In bodies only: a URL or a head of this length is rejected before.
    if (text.length > 100_000) continue;
    if (body !== undefined && isSample)
      attacks.push(attackOn(endpoint, `member ${name}`, { body: JSON.stringify(withMember(body, text)) }));
    for (const parameter of Object.keys(query)) {
      const others = Object.entries(query).filter(([other]) => other !== parameter);
      const search = [
        ...others.map((pair) => pair.map(encodeURIComponent).join('=')),
        `${parameter}=${percentEncoded(text)}`,
      ];
      attacks.push(
        attackOn(endpoint, `?${parameter} = ${name}`, { query: search.join('&'), mayClose: text.length > 4_000 }),
      );
    }
    for (const header of hostileHeaders)
      attacks.push(
        attackOn(endpoint, `header ${header} = ${name}`, {
          headers: withHeader(headers, header, text),
          mayClose: true,
        }),
      );
    for (const id of Object.keys(ids)) {
      const path = filledPath(endpoint, { name: id, text: percentEncoded(text) });
      attacks.push(attackOn(endpoint, `:${id} = ${name}`, { path, mayClose: text.length > 4_000 }));
    }
  }
  if (body !== undefined) attacks.push(...deepAttacks(endpoint));
  return attacks;
}

/** Bodies that are nested too deeply for recursive programs, closed or not. */
function deepAttacks(endpoint: Endpoint): readonly Attack[] {
  const nested = (open: string, close: string, levels: number): string =>
    `${open.repeat(levels)}1${close.repeat(levels)}`;
  const deepest = nested('[', ']', 25_000);
  const members = Object.keys(endpoint.body as object);
  return [
    attackOn(endpoint, '25,000 lists', { body: deepest }),
    attackOn(endpoint, '25,000 lists that do not end', { body: '['.repeat(25_000) }),
    ...members.flatMap((name) => [
      attackOn(endpoint, `${name} in itself 2,500 times`, { body: nested(`{${JSON.stringify(name)}:`, '}', 2_500) }),
      attackOn(endpoint, `${name} with 25,000 lists`, {
        body: JSON.stringify({ ...(endpoint.body as object), [name]: '@' }).replace('"@"', deepest),
      }),
    ]),
  ];
}

/** Each path trick in place of each id. */
export function pathAttacks(
  endpoint: Endpoint,
  tricks: (id: string, targets: readonly string[]) => readonly string[],
): readonly Attack[] {
  const { ids = {}, targets = [] } = endpoint;
  return Object.entries(ids).flatMap(([name, id]) =>
    tricks(id, targets).map((text) =>
      attackOn(endpoint, `:${name} as ${text.slice(0, 80)}`, {
        path: filledPath(endpoint, { name, text }),
        mayClose: true,
      }),
    ),
  );
}

function withHeader(headers: Readonly<Record<string, string>>, name: string, text: string): Record<string, string> {
  const rest = Object.entries(headers).filter(([other]) => other !== name);
  return { ...Object.fromEntries(rest), [name]: name === 'cookie' ? `tidewater=${text}` : text };
}

type Path = readonly string[];

interface Field {
  readonly path: Path;
  readonly isText: boolean;
}

/** The value and all its members; of lists the first item. */
function fieldsOf(value: unknown, above: Path = []): readonly Field[] {
  if (value === undefined) return [];
  const field = { path: above, isText: typeof value === 'string' };
  if (typeof value !== 'object' || value === null) return [field];
  const entries = Object.entries(value).slice(0, Array.isArray(value) ? 1 : undefined);
  return [field, ...entries.flatMap(([name, member]) => fieldsOf(member, [...above, name]))];
}

function replaced(value: unknown, [first, ...rest]: Path, by: unknown): unknown {
  if (first === undefined) return by;
  if (Array.isArray(value))
    return value.map((item: unknown, at) => (String(at) === first ? replaced(item, rest, by) : item));
  const members = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(
    members.map(([name, member]) => [name, name === first ? replaced(member, rest, by) : member]),
  );
}

function withMember(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries([...Object.entries(body), [name, name]]);
}
