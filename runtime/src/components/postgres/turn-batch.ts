import { actorStateKey } from '#blocks/actors/actor-key.ts';
import type { ActorRef, Fence, OutboxEvent } from '#blocks/actors/ports.ts';
import { byteaArray, floatArray, intArray, textArray } from './binary-array.ts';
import type { Parameter, Statement } from './connection.ts';
import type { ActorTableNames } from './migration.ts';
import { reminderColumns, reminderFields } from './reminder-row.ts';
import type { StateShape } from './state-shape.ts';
import type { TurnEffect } from './turn-effect.ts';

/** One turn in a batch. The turns of a batch belong to different actors. */
export interface BatchedTurn {
  readonly actor: ActorRef;
  readonly fence: Fence;
  readonly effect: TurnEffect;
  readonly events: readonly OutboxEvent[];
}

/** The statement returns `[turn, isStale]` for each rejected turn: its number in the batch, and whether its fence is stale. */
export type BuildTurnBatch = (turns: readonly BatchedTurn[]) => { statement: Statement; parameters: Parameter[] };

/**
 * One statement for many turns. It locks the partitions whose epoch is still that of the turn, in share mode, so that a
 * takeover waits for it; its writes are joined to them, so that a stale turn writes nothing. Parts that no turn needs are
 * omitted.
 */
export function turnBatchBuilder(appId: string, shape: StateShape, tables: ActorTableNames): BuildTurnBatch {
  const texts = new Map<number, Statement>();
  return (turns) => {
    const parts = turnParts(appId, shape, turns);
    const present = partOrder.filter((part) => parts[part] !== undefined);
    const id = present.reduce((bits, part) => bits | (1 << partOrder.indexOf(part)), 0);
    let statement = texts.get(id);
    if (!statement) {
      statement = { name: `turns-${id}`, text: batchText(present, shape, tables) };
      texts.set(id, statement);
    }
    return { statement, parameters: [...fenceParameters(turns), ...present.flatMap((part) => parts[part] ?? [])] };
  };
}

const partOrder = [
  'mustBeNew',
  'sets',
  'removes',
  'reminderPuts',
  'reminderAdvances',
  'reminderRemoves',
  'events',
] as const;
type Part = (typeof partOrder)[number];

/** The distinct fences, and for each turn the number of its fence, from 1. */
function fenceParameters(turns: readonly BatchedTurn[]): Parameter[] {
  const fences: Fence[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (fence: Fence): number => {
    const id = JSON.stringify([fence.type, fence.partition, fence.hostId, fence.epoch]);
    let index = indexes.get(id);
    if (index === undefined) {
      index = fences.push(fence);
      indexes.set(id, index);
    }
    return index;
  };
  const turnFences = intArray(turns.map(({ fence }) => indexOf(fence)));
  return [
    textArray(fences.map((fence) => fence.type)),
    intArray(fences.map((fence) => fence.partition)),
    textArray(fences.map((fence) => fence.hostId)),
    floatArray(fences.map((fence) => fence.epoch)),
    turnFences,
  ];
}

/** The parameters of each non-empty part. */
function turnParts(
  appId: string,
  shape: StateShape,
  turns: readonly BatchedTurn[],
): Partial<Record<Part, Parameter[]>> {
  const sets: { turn: number; key: string; value: Uint8Array; ttl: number | undefined }[] = [];
  const removes: { turn: number; key: string }[] = [];
  const json: Record<'mustBeNew' | 'reminderPuts' | 'reminderAdvances' | 'reminderRemoves', object[]> = {
    mustBeNew: [],
    reminderPuts: [],
    reminderAdvances: [],
    reminderRemoves: [],
  };
  const events: { turn: number; event: OutboxEvent }[] = [];
  for (const [at, { actor, fence, effect, events: turnEvents }] of turns.entries()) {
    const turn = at + 1;
    for (const operation of effect.operations.values()) {
      const key = actorStateKey(appId, actor, operation.key);
      if (operation.kind === 'delete') removes.push({ turn, key });
      else sets.push({ turn, key, value: operation.value, ttl: operation.ttlSeconds });
    }
    const named = (name: string): object => ({ turn, type: actor.type, actor_id: actor.id, name });
    for (const [name, version] of effect.mustBeNew) json.mustBeNew.push({ ...named(name), unless_version: version });
    for (const [name, change] of effect.reminders) {
      if (change.kind === 'remove') {
        json.reminderRemoves.push({ ...named(name), if_version: change.ifVersion });
      } else {
        const row = { turn, ...reminderFields(change.reminder, fence.partition) };
        if (change.kind === 'put') json.reminderPuts.push(row);
        else json.reminderAdvances.push({ ...row, if_version: change.ifVersion });
      }
    }
    for (const event of turnEvents) events.push({ turn, event });
  }
  const parts: Partial<Record<Part, Parameter[]>> = {};
  if (sets.length > 0) {
    parts.sets = [
      intArray(sets.map((row) => row.turn)),
      textArray(sets.map((row) => row.key)),
      ...shape.valueParameters(sets),
      floatArray(sets.map((row) => row.ttl)),
    ];
  }
  if (removes.length > 0) {
    parts.removes = [intArray(removes.map((row) => row.turn)), textArray(removes.map((row) => row.key))];
  }
  for (const part of ['mustBeNew', 'reminderPuts', 'reminderAdvances', 'reminderRemoves'] as const) {
    if (json[part].length > 0) parts[part] = [JSON.stringify(json[part])];
  }
  if (events.length > 0) parts.events = eventParameters(appId, events);
  return parts;
}

function eventParameters(appId: string, events: readonly { turn: number; event: OutboxEvent }[]): Parameter[] {
  const texts = (pick: (event: OutboxEvent) => string): Buffer => textArray(events.map(({ event }) => pick(event)));
  return [
    intArray(events.map((row) => row.turn)),
    texts((event) => event.id),
    texts((event) => event.pubsub),
    texts((event) => event.topic),
    byteaArray(events.map(({ event }) => event.data)),
    texts((event) => event.contentType),
    texts((event) => JSON.stringify(event.metadata)),
    texts((event) => event.traceparent),
    appId,
  ];
}

function batchText(present: readonly Part[], shape: StateShape, tables: ActorTableNames): string {
  const { table: stateTable, expires, valueColumns, touched } = shape;
  const valueNames = valueColumns.map(({ name }) => name).join(', ');
  let last = 5;
  const next = (type: string): string => `$${++last}::${type}`;
  const names = Object.keys(reminderColumns);
  const reminderRecord = Object.entries(reminderColumns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ');
  const key = 'type text, actor_id text, name text';
  const sameReminder = 'r.type = i.type and r.actor_id = i.actor_id and r.name = i.name';
  const fresh = names.map((name) => `${name} = excluded.${name}`).join(', ');
  const accepted = 'join accepted using (turn)';
  const text = (part: Part): string => {
    switch (part) {
      case 'mustBeNew':
        return `select distinct i.turn from json_to_recordset(${next('json')}) as i (turn integer, ${key}, unless_version text)
          join ${tables.reminders} r on ${sameReminder} and r.version is distinct from i.unless_version`;
      case 'sets':
        return `insert into ${stateTable} (key, ${valueNames}, ${expires})
          select i.key, ${valueColumns.map(({ expression }) => expression).join(', ')}, now() + i.ttl * interval '1 second'
          from unnest(${next('integer[]')}, ${next('text[]')}, ${valueColumns.map(({ input }) => next(`${input}[]`)).join(', ')},
            ${next('float8[]')}) as i (turn, key, ${valueNames}, ttl)
          ${accepted} on conflict (key) do update set
            ${valueColumns.map(({ name }) => `${name} = excluded.${name}`).join(', ')},
            ${expires} = excluded.${expires}, ${touched}`;
      case 'removes':
        return `delete from ${stateTable} s
          using unnest(${next('integer[]')}, ${next('text[]')}) as i (turn, key) ${accepted} where s.key = i.key`;
      case 'reminderPuts':
        return `insert into ${tables.reminders} (${names.join(', ')})
          select ${names.join(', ')} from json_to_recordset(${next('json')}) as i (turn integer, ${reminderRecord})
          ${accepted} on conflict (type, actor_id, name) do update set ${fresh}`;
      case 'reminderAdvances':
        return `update ${tables.reminders} r set ${names.map((name) => `${name} = i.${name}`).join(', ')}
          from json_to_recordset(${next('json')}) as i (turn integer, ${reminderRecord}, if_version text) ${accepted}
          where ${sameReminder} and r.version = i.if_version`;
      case 'reminderRemoves':
        return `delete from ${tables.reminders} r
          using json_to_recordset(${next('json')}) as i (turn integer, ${key}, if_version text) ${accepted}
          where ${sameReminder} and (i.if_version is null or r.version = i.if_version)`;
      case 'events': {
        const columns = 'event_id, pubsub, topic, data, content_type, metadata, traceparent';
        const types = ['integer', 'text', 'text', 'text', 'bytea', 'text', 'text', 'text'];
        const rows = types.map((type) => next(`${type}[]`)).join(', ');
        return `insert into ${tables.outbox} (app_id, ${columns})
          select ${next('text')}, ${columns} from unnest(${rows}) with ordinality as i (turn, ${columns}, position)
          ${accepted} order by position`;
      }
    }
  };
  const parts = present.map((part) => ({ part, text: text(part) }));
  const mustBeNew = parts.find(({ part }) => part === 'mustBeNew');
  const writes = parts.filter(({ part }) => part !== 'mustBeNew');
  const isNew = mustBeNew ? 'and not exists (select 1 from "mustBeNew" taken where taken.turn = turns.turn)' : '';
  return `with owned as materialized (
      select f.fence from unnest($1::text[], $2::integer[], $3::text[], $4::float8[])
          with ordinality as f (type, partition, host_id, epoch, fence)
        join ${tables.partitions} p on p.type = f.type and p.partition = f.partition
        where p.host_id = f.host_id and p.epoch = f.epoch::bigint
        order by p.type, p.partition for share of p
    ),
    turns as (select turn::integer, fence from unnest($5::integer[]) with ordinality as t (fence, turn)),
    ${mustBeNew ? `"mustBeNew" as materialized (${mustBeNew.text}),` : ''}
    accepted as materialized (
      select turn from turns where fence in (select fence from owned) ${isNew}
    )${writes.map(({ part, text: body }) => `, "${part}" as (${body})`).join('')}
    select turn, fence not in (select fence from owned) from turns where turn not in (select turn from accepted)`;
}
