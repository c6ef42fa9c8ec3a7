import type { SetOperation, StateOperation } from '#blocks/state/state-store.ts';
import { floatArray, textArray } from './binary-array.ts';
import type { Parameter, Statement } from './connection.ts';
import type { StateShape } from './state-shape.ts';

/** A statement for several operations, with each key at most once; `hasConditions` when it returns the keys that matched. */
export interface StateBatch {
  readonly statement: Statement;
  readonly parameters: readonly Parameter[];
  readonly hasConditions: boolean;
}

type Group = 'put' | 'compareAndPut' | 'create' | 'remove' | 'compareAndRemove';

/** Builds the statement for operations on distinct keys. It returns the keys whose condition held. */
export type BuildStateBatch = (operations: Iterable<StateOperation>) => StateBatch;

export function isConditional(operation: StateOperation): boolean {
  return groupOf(operation) !== 'put' && groupOf(operation) !== 'remove';
}

/**
 * One statement with one part per kind of operation that occurs. Rows are sorted by key, so that writers lock them in the
 * same order; an expired row counts as absent.
 */
export function stateBatchBuilder(shape: StateShape): BuildStateBatch {
  /** Cached, since there are few combinations, and a prepared statement needs the same text under its name. */
  const statements = new Map<number, Statement>();

  const statementFor = (groups: readonly Group[]): Statement => {
    const id = groups.reduce((bits, group) => bits | (1 << groupOrder.indexOf(group)), 0);
    let statement = statements.get(id);
    if (!statement) {
      statement = { name: `state-${id}`, text: batchText(shape, groups) };
      statements.set(id, statement);
    }
    return statement;
  };

  return (operations) => {
    const parts: Record<Group, StateOperation[]> = {
      put: [],
      compareAndPut: [],
      create: [],
      remove: [],
      compareAndRemove: [],
    };
    for (const operation of operations) parts[groupOf(operation)].push(operation);
    const groups = groupOrder.filter((group) => parts[group].length > 0);
    const parameters = groups.flatMap((group) => parametersOf(shape, group, parts[group].sort(byKey)));
    const hasConditions = groups.some((group) => group !== 'put' && group !== 'remove');
    return { statement: statementFor(groups), parameters, hasConditions };
  };
}

const groupOrder: readonly Group[] = ['put', 'compareAndPut', 'create', 'remove', 'compareAndRemove'];

function groupOf(operation: StateOperation): Group {
  if (operation.kind === 'delete') return operation.etag === undefined ? 'remove' : 'compareAndRemove';
  if (operation.etag !== undefined) return 'compareAndPut';
  return operation.concurrency === 'first-write' ? 'create' : 'put';
}

function byKey(a: StateOperation, b: StateOperation): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function parametersOf(shape: StateShape, group: Group, operations: readonly StateOperation[]): Parameter[] {
  const keys = textArray(operations.map((operation) => operation.key));
  const etags = (): Parameter => shape.etagParameter(operations.map((operation) => operation.etag ?? ''));
  const sets = (): Parameter[] => {
    const writes = operations.filter((operation): operation is SetOperation => operation.kind === 'set');
    return [...shape.valueParameters(writes), floatArray(writes.map((write) => write.ttlSeconds))];
  };
  switch (group) {
    case 'put':
    case 'create':
      return [keys, ...sets()];
    case 'compareAndPut':
      return [keys, ...sets(), etags()];
    case 'remove':
      return [keys];
    case 'compareAndRemove':
      return [keys, etags()];
  }
}

function batchText(shape: StateShape, groups: readonly Group[]): string {
  const { table, expires, valueColumns, touched, sameEtag, etagInput } = shape;
  let last = 0;
  const next = (type: string): string => `$${++last}::${type}[]`;
  const expiry = `now() + i.ttl * interval '1 second'`;
  const isAlive = `(s.${expires} is null or s.${expires} >= now())`;
  const names = valueColumns.map(({ name }) => name).join(', ');
  const inputs = (): string => valueColumns.map(({ input }) => next(input)).join(', ');
  const insert = (): string =>
    `insert into ${table} as s (key, ${names}, ${expires})
       select i.key, ${valueColumns.map(({ expression }) => expression).join(', ')}, ${expiry}
       from unnest(${next('text')}, ${inputs()}, ${next('float8')}) as i (key, ${names}, ttl)
       on conflict (key) do update set ${valueColumns.map(({ name }) => `${name} = excluded.${name}`).join(', ')},
         ${expires} = excluded.${expires}, ${touched}`;
  const textOf = (group: Group): string => {
    switch (group) {
      case 'put':
        return insert();
      case 'create':
        return `${insert()} where s.${expires} < now() returning s.key`;
      case 'compareAndPut':
        return `update ${table} s set ${valueColumns.map(({ name, expression }) => `${name} = ${expression}`).join(', ')},
            ${expires} = ${expiry}, ${touched}
          from unnest(${next('text')}, ${inputs()}, ${next('float8')}, ${next(etagInput)}) as i (key, ${names}, ttl, etag)
          where s.key = i.key and ${sameEtag} and ${isAlive} returning s.key`;
      case 'remove':
        return `delete from ${table} s using unnest(${next('text')}) as i (key) where s.key = i.key`;
      case 'compareAndRemove':
        return `delete from ${table} s using unnest(${next('text')}, ${next(etagInput)}) as i (key, etag)
          where s.key = i.key and ${sameEtag} and ${isAlive} returning s.key`;
    }
  };
  const parts = groups.map((group) => ({ group, text: textOf(group) }));
  const only = parts[0];
  if (parts.length === 1 && only) return only.text;
  const conditional = parts.filter(({ group }) => group !== 'put' && group !== 'remove');
  const result = conditional.map(({ group }) => `select key from "${group}"`).join(' union all ');
  return `with ${parts.map(({ group, text }) => `"${group}" as (${text})`).join(', ')} ${result || 'select null where false'}`;
}
