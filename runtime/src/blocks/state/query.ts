import type { QueryFilter, StateQuery } from './state-store.ts';

/** A query as callers write it, without the keys it may see. Throws TypeError that says what is wrong. */
export function parseQuery(text: string): Omit<StateQuery, 'keyPrefix'> {
  const { filter, sort, page } = record(parsed(text), 'the query');
  const { limit, token } = record(page ?? {}, 'page');
  return {
    filter: filter === undefined || filter === null || isEmpty(filter) ? undefined : filterOf(filter, 0),
    sort: list(sort ?? [], 'sort').map(sortOf),
    limit: limitOf(limit),
    token: token === undefined || token === '' ? undefined : textOfField(token, 'page.token'),
  };
}

const deepest = 100;
const comparisons = new Set(['EQ', 'NEQ', 'GT', 'GTE', 'LT', 'LTE'] as const);
type Comparison = typeof comparisons extends Set<infer Name> ? Name : never;

function filterOf(value: unknown, depth: number): QueryFilter {
  if (depth > deepest) throw new TypeError(`filters are nested deeper than ${deepest} levels`);
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

function sortOf(value: unknown): StateQuery['sort'][number] {
  const { key, order } = record(value, 'an entry of sort');
  if (typeof key !== 'string' || key === '') throw new TypeError('an entry of sort needs a key');
  const direction = order === undefined || order === '' ? 'ASC' : order;
  const upper = typeof direction === 'string' ? direction.toUpperCase() : '';
  if (upper !== 'ASC' && upper !== 'DESC') throw new TypeError(`the order of ${key} must be ASC or DESC`);
  return { key, order: upper };
}

function limitOf(limit: unknown): number | undefined {
  if (limit === undefined || limit === null || limit === 0) return undefined;
  if (typeof limit !== 'number' || !Number.isSafeInteger(limit) || limit < 0)
    throw new TypeError('page.limit must be a whole number');
  return limit;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
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

function textOfField(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new TypeError(`${what} must be a text`);
  return value;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
