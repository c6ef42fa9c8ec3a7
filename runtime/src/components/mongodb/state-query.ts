import type { Collection, Document, Filter } from 'mongodb';
import { goText } from '#core/go-text.ts';
import { stateStatementRejected } from '#blocks/state/errors.ts';
import type { QueryFilter, QueryPage, StateQuery } from '#blocks/state/state-store.ts';
import type { StateDocument } from './connection.ts';
import { isLive } from './document-filters.ts';
import { bsonOf, storedValue } from './stored-value.ts';

/** Unlike upstream, excludes expired documents and those of other apps. Pages are stable: ties are ordered by key. */
export async function findState(collection: Collection<StateDocument>, query: StateQuery): Promise<QueryPage> {
  const { keyPrefix, filter, sort, limit, token } = query;
  const skip = token === undefined ? 0 : skipOf(token);
  const cursor = collection.find(queryFilter(keyPrefix, filter), {
    sort: [...sort.map(({ key, order }): [string, 1 | -1] => [`value.${key}`, order === 'DESC' ? -1 : 1]), ['_id', 1]],
    skip,
    ...(limit === undefined ? undefined : { limit }),
  });
  const items = (await cursor.toArray()).map((document) => {
    const { data, etag } = storedValue(document);
    return { key: document._id, data, etag };
  });
  return limit === undefined ? { items } : { items, token: String(skip + items.length) };
}

export function queryFilter(keyPrefix: string, filter: QueryFilter | undefined): Filter<StateDocument> {
  const keyFilter = { _id: { $regex: `^${escaped(keyPrefix)}` } };
  return { $and: [keyFilter, isLive, ...(filter ? [condition(filter)] : [])] };
}

const operators = { EQ: '$eq', NEQ: '$ne', GT: '$gt', GTE: '$gte', LT: '$lt', LTE: '$lte' } as const;

function condition(filter: QueryFilter): Document {
  switch (filter.operator) {
    case 'EQ':
    case 'NEQ':
      return { [`value.${filter.key}`]: { [operators[filter.operator]]: bsonOf(filter.value) } };
    case 'GT':
    case 'GTE':
    case 'LT':
    case 'LTE':
      return { [`value.${filter.key}`]: { [operators[filter.operator]]: numberOf(filter.value) } };
    case 'IN':
      return { [`value.${filter.key}`]: { $in: filter.values.map(bsonOf) } };
    case 'AND':
      return { $and: filter.filters.map(condition) };
    case 'OR':
      return { $or: filter.filters.map(condition) };
  }
}

function numberOf(value: unknown): unknown {
  if (typeof value === 'number') return bsonOf(value);
  const type = value === null ? 'null' : typeof value;
  throw stateStatementRejected(`unsupported type of value ${goText(value)}; ${type} type not permitted`);
}

function skipOf(token: string): number {
  if (!/^\d{1,15}$/.test(token)) throw stateStatementRejected(`the token "${token}" was not returned by a query`);
  return Number(token);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
