import type { ActorStateOperation } from '#blocks/actors/ports.ts';
import type { ReminderRequest } from '#blocks/actors/reminders.ts';
import type { ScheduleRequest } from '#blocks/actors/schedule.ts';
import type { TimerRequest } from '#blocks/actors/timers.ts';
import type { TurnEvent, TurnRequest } from '#blocks/actors/turn-commit.ts';
import { parseGoDuration } from '#core/duration.ts';
import type { FailurePolicy } from '#core/failure-policy.ts';
import { goJson } from '#core/go-json.ts';
import { malformedRequest } from './body.ts';
import { wireMembers } from './wire-members.ts';

type Fields = Readonly<Record<string, unknown>>;

const operationMembers = wireMembers('operation', 'request');
const changeMembers = wireMembers('key', 'value', 'metadata');
const timerMembers = wireMembers('dueTime', 'period', 'ttl', 'data', 'callback');
/** Within a turn a reminder has a name and an operation, too. */
const reminderMembers = wireMembers(
  'dueTime',
  'period',
  'ttl',
  'data',
  'overwrite',
  'failure_policy',
  'name',
  'operation',
);

/** The state changes of a transaction, or of a turn. */
export function stateOperations(body: unknown, place: string): ActorStateOperation[] {
  return listOf(body, place).map((item, at) => {
    const here = `${place}[${at}]`;
    const { operation, request } = operationMembers(objectOf(item, here));
    const fields = changeMembers(objectOf(request, `${here}.request`));
    const key = textOf(fields.key, `${here}.request.key`) ?? '';
    if (key === '') throw malformedRequest(`${here}.request.key is empty`);
    if (operation === 'delete') return { kind: 'delete', key };
    if (operation !== 'upsert') throw malformedRequest(`${here}.operation must be upsert or delete`);
    const ttlSeconds = ttlOf(fields.metadata, `${here}.request.metadata`);
    const value = Buffer.from(goJson(fields.value ?? null));
    return { kind: 'set', key, value, ...(ttlSeconds === undefined ? {} : { ttlSeconds }) };
  });
}

export function reminderRequest(body: unknown, place = 'the body'): ReminderRequest {
  const fields = reminderMembers(objectOf(body, place));
  const { overwrite } = fields;
  if (overwrite !== undefined && overwrite !== null && typeof overwrite !== 'boolean')
    throw malformedRequest(`${place}: overwrite must be true or false`);
  const failurePolicy = policyOf(fields.failure_policy, `${place}: failure_policy`);
  return {
    ...schedule(fields, place),
    ...(typeof overwrite === 'boolean' ? { overwrite } : {}),
    ...(failurePolicy === undefined ? {} : { failurePolicy }),
  };
}

/** `{"drop": {}}` or `{"constant": {"interval": "2s", "maxRetries": 3}}`; anything else in it is none. */
function policyOf(value: unknown, place: string): FailurePolicy | undefined {
  const { drop, constant } = objectOf(value, place);
  if (drop !== undefined && drop !== null) return { kind: 'drop' };
  if (constant === undefined || constant === null) return undefined;
  const { interval, maxRetries, max_retries: alias } = objectOf(constant, `${place}.constant`);
  const text = textOf(interval, `${place}.constant.interval`);
  const intervalMs = text ? parseGoDuration(text) : 0;
  if (intervalMs === undefined || intervalMs < 0)
    throw malformedRequest(`${place}.constant.interval ${JSON.stringify(text)} is no duration`);
  const retries = maxRetries ?? alias;
  if (retries === undefined || retries === null) return { kind: 'constant', intervalMs };
  if (typeof retries !== 'number' || !Number.isInteger(retries) || retries < 0)
    throw malformedRequest(`${place}.constant.maxRetries must be a whole number, not below 0`);
  return { kind: 'constant', intervalMs, maxRetries: retries };
}

export function timerRequest(body: unknown): TimerRequest {
  const fields = timerMembers(objectOf(body, 'the body'));
  const callback = textOf(fields.callback, 'callback');
  return { ...schedule(fields, 'the body'), ...(callback === undefined ? {} : { callback }) };
}

/** The body of the transactional turn. Each part may be left out. */
export function turnRequest(body: unknown, raw: Uint8Array): TurnRequest {
  const fields = objectOf(body, 'the body');
  const reminders = listOf(fields.reminders, 'reminders').map((item, at): TurnRequest['reminders'][number] => {
    const place = `reminders[${at}]`;
    const change = objectOf(item, place);
    const name = textOf(change.name, `${place}.name`) ?? '';
    if (change.operation === 'delete') return { operation: 'delete', name };
    if (change.operation !== 'set') throw malformedRequest(`${place}.operation must be set or delete`);
    return { operation: 'set', name, request: reminderRequest(change, place) };
  });
  return {
    operations: stateOperations(fields.operations, 'operations'),
    reminders,
    events: listOf(fields.events, 'events').map((event, at) => turnEvent(event, `events[${at}]`)),
    raw,
  };
}

function turnEvent(item: unknown, place: string): TurnEvent {
  const fields = objectOf(item, place);
  const contentType = textOf(fields.contentType, `${place}.contentType`) ?? 'application/json';
  const { data } = fields;
  const isText = typeof data === 'string' && !/[/+]json\b/i.test(contentType);
  return {
    pubsubName: textOf(fields.pubsubName, `${place}.pubsubName`) ?? '',
    topic: textOf(fields.topic, `${place}.topic`) ?? '',
    // Text of another kind than JSON is the content itself; everything else is a JSON value.
    data: Buffer.from(isText ? data : JSON.stringify(data ?? null)),
    contentType,
    metadata: metadataOf(fields.metadata, `${place}.metadata`),
  };
}

function schedule(fields: Fields, place: string): ScheduleRequest {
  const dueTime = textOf(fields.dueTime, `${place}: dueTime`);
  const period = textOf(fields.period, `${place}: period`);
  const ttl = textOf(fields.ttl, `${place}: ttl`);
  const { data } = fields;
  return {
    ...(data === undefined ? {} : { data }),
    ...(dueTime === undefined ? {} : { dueTime }),
    ...(period === undefined ? {} : { period }),
    ...(ttl === undefined ? {} : { ttl }),
  };
}

/** Zero and less mean no expiry, as Dapr's stores have it. */
function ttlOf(metadata: unknown, place: string): number | undefined {
  const text = metadataOf(metadata, place).ttlInSeconds;
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (!Number.isInteger(seconds)) throw malformedRequest(`${place}.ttlInSeconds ${JSON.stringify(text)} is no integer`);
  return seconds > 0 ? seconds : undefined;
}

function metadataOf(value: unknown, place: string): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = {};
  for (const [name, text] of Object.entries(objectOf(value, place))) {
    if (typeof text === 'string') metadata[name] = text;
    else if (typeof text === 'number' || typeof text === 'boolean') metadata[name] = String(text);
    else throw malformedRequest(`${place}.${name} must be a string`);
  }
  return metadata;
}

function objectOf(value: unknown, place: string): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw malformedRequest(`${place} must be an object`);
  return value as Fields;
}

function listOf(value: unknown, place: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformedRequest(`${place} must be an array`);
  return value as readonly unknown[];
}

function textOf(value: unknown, place: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw malformedRequest(`${place} must be a string`);
  return value;
}
