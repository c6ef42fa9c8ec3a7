import type { HttpMiddleware } from '#blocks/middleware/http-middleware.ts';
import type { Factory } from '#core/component.ts';
import { textOf } from '#core/errors.ts';

interface Alias {
  readonly segments: readonly string[];
  readonly target: string;
}

/**
 * `middleware.http.routeralias`: rewrites paths. `routes` is a JSON object from path to path; a segment such as `{id}`
 * matches any value, which is added to the query. Without `routes` each entry of the metadata is a route.
 */
export const routeAlias: Factory<HttpMiddleware> = ({ metadata }) => {
  const { exact, patterned } = aliasesOf(metadata['routes'], metadata);
  return Promise.resolve({
    head(head) {
      const path = decoded(head.path);
      const target = exact.get(path);
      if (target !== undefined) return { continueWith: { ...head, path: encoded(target) } };
      const segments = path.split('/');
      for (const alias of patterned) {
        const parameters = parametersOf(alias, segments);
        if (!parameters) continue;
        const query = new URLSearchParams(head.query);
        for (const [name, value] of parameters) query.set(name, value);
        query.sort();
        return { continueWith: { ...head, path: encoded(alias.target), query: query.toString() } };
      }
      return { continueWith: head };
    },
    close: () => Promise.resolve(),
  });
};

function aliasesOf(routes: string | undefined, metadata: Readonly<Record<string, string>>) {
  const exact = new Map<string, string>();
  const patterned: Alias[] = [];
  for (const [from, target] of Object.entries(routes === undefined ? metadata : parsed(routes))) {
    if (typeof target !== 'string') throw new TypeError(`routes: the target of ${from} is not text`);
    const path = from.startsWith('/') ? from : `/${from}`;
    if (path.includes('{')) patterned.push({ segments: path.split('/'), target });
    else exact.set(path, target);
  }
  return { exact, patterned };
}

function parsed(routes: string): object {
  let value: unknown;
  try {
    value = JSON.parse(routes);
  } catch (cause) {
    throw new TypeError(`routes is not a JSON object: ${textOf(cause)}`, { cause });
  }
  if (typeof value !== 'object' || value === null) throw new TypeError('routes is not a JSON object');
  return value;
}

function parametersOf({ segments }: Alias, pathSegments: readonly string[]): [string, string][] | undefined {
  if (segments.length !== pathSegments.length) return undefined;
  const parameters: [string, string][] = [];
  for (const [i, segment] of segments.entries()) {
    const value = pathSegments[i] ?? '';
    if (segment.startsWith('{') && segment.endsWith('}') && value !== '')
      parameters.push([segment.slice(1, -1), value]);
    else if (segment !== value) return undefined;
  }
  return parameters;
}

function decoded(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** A target is only a path: a `?` in it is an ordinary character. */
function encoded(target: string): string {
  return encodeURI(target).replaceAll('?', '%3F').replaceAll('#', '%23');
}
