import { goText } from '#core/go-text.ts';
import { stateStatementRejected } from '#blocks/state/errors.ts';
import type { QueryFilter, QueryPage, StateQuery } from '#blocks/state/state-store.ts';
import { textArray } from './binary-array.ts';
import type { Connection, Parameter } from './connection.ts';
import type { StateShape } from './state-shape.ts';

/**
 * Finds rows by their `jsonb` value. Paths and values are parameters, never text of the statement. Unlike upstream, numbers
 * are compared and sorted as numbers, and expired rows are not found.
 */
export function stateQueries(
  connection: Connection,
  shape: StateShape,
): { find(query: StateQuery): Promise<QueryPage> } {
  const { table, columns, expires } = shape;
  return {
    async find({ keyPrefix, filter, sort, limit, token }) {
      const parameters: Parameter[] = [];
      const next = (value: Parameter, type: string): string => `$${parameters.push(value)}::${type}`;
      const path = (key: string): string => next(textArray(key.split('.')), 'text[]');
      const conditions = [
        `(${expires} is null or ${expires} >= now())`,
        `starts_with(key, ${next(keyPrefix, 'text')})`,
        ...(filter ? [condition(filter, { next, path })] : []),
      ];
      const order = sort.map(({ key, order: direction }) => `value #> ${path(key)} ${direction}`);
      const skip = token === undefined ? 0 : skipOf(token);
      const page = limit === undefined ? '' : `limit ${next(limit, 'bigint')}`;
      const text = `select ${columns} from ${table} where ${conditions.join(' and ')}
        order by ${[...order, 'row_id'].join(', ')} ${page} offset ${next(skip, 'bigint')}`;
      const rows = await connection.run({ name: '', text }, parameters);
      const items = rows.map((row) => {
        const [key, { data, etag }] = shape.storedValue(row);
        return { key, data, etag };
      });
      return limit === undefined ? { items } : { items, token: String(skip + items.length) };
    },
  };
}

interface Builder {
  readonly next: (value: Parameter, type: string) => string;
  readonly path: (key: string) => string;
}

const signs = { GT: '>', GTE: '>=', LT: '<', LTE: '<=' } as const;

function condition(filter: QueryFilter, build: Builder): string {
  switch (filter.operator) {
    case 'EQ':
      return equals(filter.key, filter.value, build);
    case 'NEQ':
      return `(value #>> ${build.path(filter.key)} is not null and not ${equals(filter.key, filter.value, build)})`;
    case 'IN':
      return `(${filter.values.map((value) => equals(filter.key, value, build)).join(' or ')})`;
    case 'GT':
    case 'GTE':
    case 'LT':
    case 'LTE': {
      const { key, operator, value } = filter;
      if (typeof value !== 'number') {
        const type = value === null ? 'null' : typeof value;
        throw stateStatementRejected(`unsupported type of value ${goText(value)}; ${type} type not permitted`);
      }
      const jsonPath = build.path(key);
      const number = build.next(String(value), 'numeric');
      // only `case` guarantees that the type is checked first
      return `case when jsonb_typeof(value #> ${jsonPath}) = 'number'
        then (value #>> ${jsonPath})::numeric ${signs[operator]} ${number} else false end`;
    }
    case 'AND':
      return `(${filter.filters.map((part) => condition(part, build)).join(' and ')})`;
    case 'OR':
      return `(${filter.filters.map((part) => condition(part, build)).join(' or ')})`;
  }
}

/** Equal as JSON or, as in upstream, as text: `"1"` finds 1. */
function equals(key: string, value: unknown, { next, path }: Builder): string {
  const jsonPath = path(key);
  const json = next(JSON.stringify(value) ?? 'null', 'jsonb');
  return `coalesce(value #> ${jsonPath} = ${json} or value #>> ${jsonPath} = ${next(goText(value), 'text')}, false)`;
}

function skipOf(token: string): number {
  const skip = /^\d{1,15}$/.test(token) ? Number(token) : undefined;
  if (skip === undefined) throw stateStatementRejected(`the token "${token}" was not returned by a query`);
  return skip;
}
