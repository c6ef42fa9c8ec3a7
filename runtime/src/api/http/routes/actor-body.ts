import type { ActorStateOperation } from '#blocks/actors/ports.ts';
import type { ReminderRequest } from '#blocks/actors/reminders.ts';
import type { ScheduleRequest } from '#blocks/actors/schedule.ts';
import type { TimerRequest } from '#blocks/actors/timers.ts';
import type { TurnEvent, TurnRequest } from '#blocks/actors/turn-commit.ts';
import { maxTtlSeconds } from '#blocks/state/state-store.ts';
import { parseGoDuration } from '#core/duration.ts';
import type { FailurePolicy } from '#core/failure-policy.ts';
import { textOf, withCause } from '#core/errors.ts';
import { goJson } from '#core/go-json.ts';
import { reshape } from '#core/go-mapstructure.ts';
import { any, bool, listOf, pointer, raw, struct, text } from '#core/go-shape.ts';
import type { Decoded } from '#core/go-shape.ts';
import { malformedRequest } from './body.ts';
import { compactJson } from './compact-json.ts';

type Fields = Readonly<Record<string, unknown>>;

const schedule = { dueTime: text, period: text, ttl: text, data: raw };
const reminder = { ...schedule, overwrite: pointer(bool), failure_policy: any };
const change = struct('api.TransactionalUpsert', { key: text, value: any, metadata: any });

export const timerShape = struct('api.CreateTimerRequest', { ...schedule, callback: text });
export const reminderShape = struct('api.CreateReminderRequest', reminder);
/** The type of `request` depends on `operation`: upstream applies it afterwards. */
export const operationsShape = listOf(struct('api.TransactionalOperation', { operation: text, request: any }));

/** The body of the transactional turn. Each part may be omitted. */
export const turnShape = struct('TurnRequest', {
  operations: operationsShape,
  // within a turn a reminder also has a name and an operation
  reminders: listOf(struct('TurnReminder', { ...reminder, name: text, operation: text })),
  events: listOf(
    struct('TurnEvent', { pubsubName: text, topic: text, data: raw, contentType: pointer(text), metadata: any }),
  ),
});

type Turn = Decoded<typeof turnShape>;

/** The state changes of a transaction, or of a turn. */
export function stateOperations(
  items: Decoded<typeof operationsShape> | undefined,
  path: string,
): ActorStateOperation[] {
  return (items ?? []).map(({ operation, request }, at) => {
    const itemPath = `${path}[${at}]`;
    const { key = '', value = null, metadata } = changeOf(request);
    if (key === '') throw malformedRequest(`${itemPath}.request.key is empty`);
    if (operation === 'delete') return { kind: 'delete', key };
    if (operation !== 'upsert') throw malformedRequest(`${itemPath}.operation must be upsert or delete`);
    const ttlSeconds = ttlOf(metadata, `${itemPath}.request.metadata`);
    return { kind: 'set', key, value: encoded(value), ...(ttlSeconds === undefined ? {} : { ttlSeconds }) };
  });
}

function changeOf(request: unknown): Decoded<typeof change> {
  try {
    return reshape(change, request) ?? {};
  } catch (cause) {
    throw withCause(malformedRequest(textOf(cause)), cause);
  }
}

function encoded(value: unknown): Uint8Array {
  try {
    return Buffer.from(goJson(value));
  } catch (cause) {
    throw withCause(malformedRequest(textOf(cause)), cause);
  }
}

export function reminderRequest(fields: Decoded<typeof reminderShape> = {}, path = 'the body'): ReminderRequest {
  const { overwrite } = fields;
  const failurePolicy = policyOf(fields.failure_policy, `${path}: failure_policy`);
  return {
    ...scheduleOf(fields),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(failurePolicy === undefined ? {} : { failurePolicy }),
  };
}

/** `{"drop": {}}` or `{"constant": {"interval": "2s", "maxRetries": 3}}`; undefined for any other members. */
function policyOf(value: unknown, path: string): FailurePolicy | undefined {
  const { drop, constant } = objectOf(value, path);
  if (drop !== undefined && drop !== null) return { kind: 'drop' };
  if (constant === undefined || constant === null) return undefined;
  const { interval, maxRetries, max_retries: alias } = objectOf(constant, `${path}.constant`);
  const text = stringOf(interval, `${path}.constant.interval`);
  const intervalMs = text ? parseGoDuration(text) : 0;
  if (intervalMs === undefined || intervalMs < 0)
    throw malformedRequest(`${path}.constant.interval ${JSON.stringify(text)} is not a duration`);
  const retries = maxRetries ?? alias;
  if (retries === undefined || retries === null) return { kind: 'constant', intervalMs };
  if (typeof retries !== 'number' || !Number.isInteger(retries) || retries < 0)
    throw malformedRequest(`${path}.constant.maxRetries must be an integer of 0 or more`);
  return { kind: 'constant', intervalMs, maxRetries: retries };
}

export function timerRequest(fields: Decoded<typeof timerShape> = {}): TimerRequest {
  const { callback } = fields;
  return { ...scheduleOf(fields), ...(callback === undefined ? {} : { callback }) };
}

export function turnRequest({ operations, reminders = [], events = [] }: Turn = {}, bytes: Uint8Array): TurnRequest {
  return {
    operations: stateOperations(operations, 'operations'),
    reminders: reminders.map((item, at): TurnRequest['reminders'][number] => {
      const path = `reminders[${at}]`;
      const { name = '', operation } = item;
      if (operation === 'delete') return { operation, name };
      if (operation !== 'set') throw malformedRequest(`${path}.operation must be set or delete`);
      return { operation, name, request: reminderRequest(item, path) };
    }),
    events: events.map((event, at) => turnEvent(event, `events[${at}]`)),
    raw: bytes,
  };
}

function turnEvent(fields: NonNullable<Turn['events']>[number], path: string): TurnEvent {
  const { pubsubName = '', topic = '', data = 'null', contentType = 'application/json', metadata } = fields;
  const isText = data.startsWith('"') && !/[/+]json\b/i.test(contentType);
  return {
    pubsubName,
    topic,
    // Text of a content type other than JSON is the content itself; everything else is a JSON value.
    data: Buffer.from(isText ? (JSON.parse(data) as string) : data),
    contentType,
    metadata: metadataOf(metadata, `${path}.metadata`),
  };
}

function scheduleOf({ dueTime, period, ttl, data }: Decoded<typeof timerShape>): ScheduleRequest {
  return {
    ...(data === undefined ? {} : { data: compactJson(data) ?? data }),
    ...(dueTime === undefined ? {} : { dueTime }),
    ...(period === undefined ? {} : { period }),
    ...(ttl === undefined ? {} : { ttl }),
  };
}

/** Zero and less mean no expiry, as in Dapr's stores. */
function ttlOf(metadata: unknown, path: string): number | undefined {
  const text = metadataOf(metadata, path).ttlInSeconds;
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (!Number.isInteger(seconds))
    throw malformedRequest(`${path}.ttlInSeconds ${JSON.stringify(text)} is not an integer`);
  if (seconds > maxTtlSeconds) throw malformedRequest(`${path}.ttlInSeconds must be ${maxTtlSeconds} or less`);
  return seconds > 0 ? seconds : undefined;
}

function metadataOf(value: unknown, path: string): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = {};
  for (const [name, text] of Object.entries(objectOf(value, path))) {
    if (typeof text === 'string') metadata[name] = text;
    else if (typeof text === 'number' || typeof text === 'boolean') metadata[name] = String(text);
    else throw malformedRequest(`${path}.${name} must be a string`);
  }
  return metadata;
}

function objectOf(value: unknown, path: string): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw malformedRequest(`${path} must be an object`);
  return value as Fields;
}

function stringOf(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw malformedRequest(`${path} must be a string`);
  return value;
}
