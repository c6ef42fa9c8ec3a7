import type { SetOperation, StateOperation } from '#blocks/state/state-store.ts';
import { byteaArray, floatArray, textArray, uuidArray } from './binary-array.ts';
import type { Parameter, Statement } from './connection.ts';

/** What one statement does, with each key at most once; `conditional` are those it may refuse. */
export interface StateBatch {
  readonly statement: Statement;
  readonly parameters: readonly Parameter[];
  readonly hasConditions: boolean;
}

type Group = 'put' | 'compareAndPut' | 'create' | 'remove' | 'compareAndRemove';

/** Builds the statement for operations of distinct keys. It returns the keys whose condition held. */
export type BuildStateBatch = (operations: Iterable<StateOperation>) => StateBatch;

export function isConditional(operation: StateOperation): boolean {
  return groupOf(operation) !== 'put' && groupOf(operation) !== 'remove';
}

/**
 * One statement with one part per kind of operation that occurs. Rows are sorted by key so that writers meet in the same
 * order; an expired row counts as absent.
 */
export function stateBatchBuilder(table: string): BuildStateBatch {
  /** There are few combinations, so the texts are kept: a prepared statement needs the same text under its name. */
  const statements = new Map<number, Statement>();

  const statementFor = (groups: readonly Group[]): Statement => {
    const id = groups.reduce((bits, group) => bits | (1 << groupOrder.indexOf(group)), 0);
    let statement = statements.get(id);
    if (!statement) {
      statement = { name: `state-${id}`, text: batchText(table, groups) };
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
    const parameters = groups.flatMap((group) => parametersOf(group, parts[group].sort(byKey)));
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

function parametersOf(group: Group, operations: readonly StateOperation[]): Parameter[] {
  const keys = textArray(operations.map((operation) => operation.key));
  const etags = (): Buffer => uuidArray(operations.map((operation) => operation.etag ?? ''));
  const sets = (): Parameter[] => {
    const writes = operations.filter((operation): operation is SetOperation => operation.kind === 'set');
    return [byteaArray(writes.map((write) => write.value)), floatArray(writes.map((write) => write.ttlSeconds))];
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

function batchText(table: string, groups: readonly Group[]): string {
  let last = 0;
  const next = (type: string): string => `$${++last}::${type}[]`;
  const expiry = `now() + ttl * interval '1 second'`;
  const isAlive = '(s.expires_at is null or s.expires_at >= now())';
  const written = 'etag = gen_random_uuid(), updated_at = now()';
  const insert = (): string =>
    `insert into ${table} as s (key, value, expires_at)
       select key, value, ${expiry} from unnest(${next('text')}, ${next('bytea')}, ${next('float8')}) as i (key, value, ttl)
       on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at, ${written}`;
  const textOf = (group: Group): string => {
    switch (group) {
      case 'put':
        return insert();
      case 'create':
        return `${insert()} where s.expires_at < now() returning s.key`;
      case 'compareAndPut':
        return `update ${table} s set value = i.value, expires_at = ${expiry}, ${written}
          from unnest(${next('text')}, ${next('bytea')}, ${next('float8')}, ${next('uuid')}) as i (key, value, ttl, etag)
          where s.key = i.key and s.etag = i.etag and ${isAlive} returning s.key`;
      case 'remove':
        return `delete from ${table} s using unnest(${next('text')}) as i (key) where s.key = i.key`;
      case 'compareAndRemove':
        return `delete from ${table} s using unnest(${next('text')}, ${next('uuid')}) as i (key, etag)
          where s.key = i.key and s.etag = i.etag and ${isAlive} returning s.key`;
    }
  };
  const parts = groups.map((group) => ({ group, text: textOf(group) }));
  const only = parts[0];
  if (parts.length === 1 && only) return only.text;
  const conditional = parts.filter(({ group }) => group !== 'put' && group !== 'remove');
  const answer = conditional.map(({ group }) => `select key from "${group}"`).join(' union all ');
  return `with ${parts.map(({ group, text }) => `"${group}" as (${text})`).join(', ')} ${answer || 'select null where false'}`;
}
