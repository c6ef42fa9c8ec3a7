import { decodeGo } from '#core/go-decode.ts';
import { goJson } from '#core/go-json.ts';
import { any, int, listOf, mapOf, struct, text } from '#core/go-shape.ts';
import type { Decoded } from '#core/go-shape.ts';
import type { QueryFilter, StateQuery } from './state-store.ts';

/** Parses a query, without the key prefix. Throws TypeError that describes the invalid part. */
export function parseQuery(body: string): Omit<StateQuery, 'keyPrefix'> {
  const { filter = {}, sort = [], page = {} } = parsed(body) ?? {};
  const { limit, token = '' } = page;
  return {
    filter: Object.keys(filter).length === 0 ? undefined : filterOf(filter, 0),
    sort: sort.map(sortOf),
    limit: limitOf(limit),
    token: token === '' ? undefined : token,
  };
}

const sortShape = struct('query.Sorting', { key: text, order: text });
const queryShape = struct('query.QueryFields', {
  filter: mapOf(any),
  sort: listOf(sortShape),
  page: struct('query.Pagination', { limit: int, token: text }),
});

const maxDepth = 100;
const comparisons = new Set(['EQ', 'NEQ', 'GT', 'GTE', 'LT', 'LTE'] as const);
type Comparison = typeof comparisons extends Set<infer Name> ? Name : never;

function filterOf(value: unknown, depth: number): QueryFilter {
  if (depth > maxDepth) throw new TypeError(`filters are nested deeper than ${maxDepth} levels`);
  const [operator, operand] = only(value, 'a filter must contain a single operator');
  if (operator === 'AND' || operator === 'OR') {
    const filters = list(operand, `the operand of ${operator}`);
    if (filters.length < 2) throw new TypeError(`${operator} filter must contain at least two entries`);
    return { operator, filters: filters.map((filter) => filterOf(filter, depth + 1)) };
  }
  const isComparison = (name: string): name is Comparison => comparisons.has(name as Comparison);
  if (operator !== 'IN' && !isComparison(operator)) throw new TypeError(`unsupported filter "${operator}"`);
  const [key, compared] = only(operand, `${operator} filter must contain a single key/value pair`);
  if (key === '') throw new TypeError(`the key of ${operator} is empty`);
  if (operator !== 'IN') return { operator, key, value: compared };
  const values = list(compared, `the value of IN for key "${key}"`);
  if (values.length === 0) throw new TypeError(`empty IN operator for key "${key}"`);
  return { operator, key, values };
}

function sortOf({ key = '', order = '' }: Decoded<typeof sortShape>): StateQuery['sort'][number] {
  if (key === '') throw new TypeError('an entry of sort needs a key');
  const direction = (order || 'ASC').toUpperCase();
  if (direction !== 'ASC' && direction !== 'DESC') throw new TypeError(`the order of ${key} must be ASC or DESC`);
  return { key, order: direction };
}

function limitOf(limit: number | undefined): number | undefined {
  if (limit === undefined || limit === 0) return undefined;
  if (limit < 0) throw new TypeError('page.limit must not be negative');
  return limit;
}

function parsed(body: string): Decoded<typeof queryShape> | undefined {
  try {
    const query = decodeGo(queryShape, body, { rejectsTrailingText: true });
    // rejects numbers that no store could compare with
    goJson(query?.filter);
    return query;
  } catch (cause) {
    throw new TypeError(`failed to parse JSON query body: ${(cause as Error).message}`, { cause });
  }
}

function only(value: unknown, complaint: string): [string, unknown] {
  const entries = Object.entries(record(value, 'a filter'));
  const [first] = entries;
  if (entries.length !== 1 || first === undefined) throw new TypeError(complaint);
  return first;
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${what} must be an object`);
  return value as Readonly<Record<string, unknown>>;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${what} must be a list`);
  return value;
}
