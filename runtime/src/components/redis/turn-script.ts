import type { ActorRef, Fence, OutboxEvent, Reminder, ReminderChange, TurnChanges } from '#blocks/actors/ports.ts';
import { type ActorKeys, ownerValue, partitionField } from './actor-keys.ts';
import { redisScript } from './script.ts';

/**
 * One turn: first everything is checked, then everything is written. Returns 0; -1 when the partition has another owner
 * or epoch; or the number of the first reminder that exists and must not be replaced, counted from one. In the last two
 * cases nothing was written. An error cannot come in between: what makes Redis reject a write (memory, disk, a replica)
 * rejects the first write of a script or none, and keys of a foreign type are checked before.
 *
 * KEYS: owners; with reminders the sorted set of due times and the actor's reminders; with events the outbox's order,
 * events and sequence; then the keys of state.
 * ARGV: partition, owner, number of reminders, number of events; per reminder six: `set`, `new` (must not exist),
 * `delete` or `advance`, name, member of the sorted set, version to advance from, due time, text (empty: deleted); per event
 * its id and JSON; per key of state three: `set` or `delete`, seconds to live or empty, value.
 */
export const turnScript = redisScript(`
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return -1 end
local reminders, events = tonumber(ARGV[3]), tonumber(ARGV[4])
local key, arg = 1, 4
local due, stored = KEYS[2], KEYS[3]
if reminders > 0 then key = key + 2 end

local versions, planned = {}, {}
local function versionOf(text) return string.match(text, '^[^\\n]*') end
for i = 1, reminders do
  local kind, name, member, version, at, text = unpack(ARGV, arg + 1, arg + 6)
  arg = arg + 6
  if versions[name] == nil then
    local current = redis.call('HGET', stored, name)
    versions[name] = current and versionOf(current)
  end
  if kind == 'new' and versions[name] then return i end
  if kind ~= 'advance' or versions[name] == version then
    planned[name] = { member, at, text }
    versions[name] = text ~= '' and versionOf(text)
  end
end

local firstKey, firstArg = key + 1, arg + events * 2
if events > 0 then firstKey = firstKey + 3 end
local counts = {}
for i = firstKey, #KEYS do
  local version = redis.pcall('HGET', KEYS[i], 'version')
  if type(version) == 'table' then
    counts[i] = false
  else
    counts[i] = version and string.match(version, '^%-?%d+$') and tonumber(version) or 0
  end
end

for name, change in pairs(planned) do
  if change[3] == '' then
    redis.call('HDEL', stored, name)
    redis.call('ZREM', due, change[1])
  else
    redis.call('HSET', stored, name, change[3])
    redis.call('ZADD', due, change[2], change[1])
  end
end
for i = 1, events do
  redis.call('HSET', KEYS[key + 2], ARGV[arg + 1], ARGV[arg + 2])
  redis.call('ZADD', KEYS[key + 1], redis.call('INCR', KEYS[key + 3]), ARGV[arg + 1])
  arg = arg + 2
end
for i = firstKey, #KEYS do
  local at = firstArg + (i - firstKey) * 3
  if ARGV[at + 1] == 'delete' or not counts[i] then redis.call('DEL', KEYS[i]) end
  if ARGV[at + 1] == 'set' then
    redis.call('HSET', KEYS[i], 'data', ARGV[at + 3], 'version', string.format('%.0f', (counts[i] or 0) + 1))
    if ARGV[at + 2] == '' then
      redis.call('PERSIST', KEYS[i])
    else
      redis.call('EXPIRE', KEYS[i], ARGV[at + 2])
    end
  end
end
return 0`);

export interface TurnScriptCall {
  readonly keys: readonly string[];
  readonly values: readonly (string | number | Buffer)[];
}

/** The arguments of `turnScript`. `defaultTtlSeconds` applies to state without a time to live. */
export function turnScriptCall(
  names: ActorKeys,
  turn: { readonly actor: ActorRef; readonly fence: Fence; readonly changes: TurnChanges },
  defaultTtlSeconds: number | undefined,
): TurnScriptCall {
  const { actor, fence, changes } = turn;
  const { reminders, events } = changes;
  const keys = [names.owners];
  const values: (string | number | Buffer)[] = [
    partitionField(fence),
    ownerValue(fence),
    reminders.length,
    events.length,
  ];
  if (reminders.length > 0) keys.push(names.due(fence.type, fence.partition), names.reminders(actor));
  for (const change of reminders) values.push(...reminderArguments(actor, change));
  if (events.length > 0) keys.push(names.outbox.order, names.outbox.events, names.outbox.sequence);
  for (const event of events) values.push(event.id, eventText(event));
  // only the last write to a key is sent: the script needs each key once
  for (const operation of new Map(changes.operations.map((each) => [each.key, each])).values()) {
    keys.push(names.state(actor, operation.key));
    if (operation.kind === 'delete') {
      values.push('delete', '', '');
      continue;
    }
    const { value, ttlSeconds = defaultTtlSeconds } = operation;
    values.push('set', ttlSeconds ?? '', Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  }
  return { keys, values };
}

/** A member of the sorted set of due times. */
export function dueMember(actorId: string, name: string): string {
  return JSON.stringify([actorId, name]);
}

/** Parses a stored reminder. */
export function reminderOf(stored: string): Reminder {
  return JSON.parse(stored.slice(stored.indexOf('\n') + 1)) as Reminder;
}

/** Parses a stored event. */
export function eventOf(stored: string): OutboxEvent {
  const { data, ...event } = JSON.parse(stored) as Omit<OutboxEvent, 'data'> & { readonly data: string };
  return { ...event, data: Buffer.from(data, 'base64') };
}

function eventText({ data, ...event }: OutboxEvent): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return JSON.stringify({ ...event, data: bytes.toString('base64') });
}

function reminderArguments({ id }: ActorRef, change: ReminderChange): readonly (string | number)[] {
  switch (change.kind) {
    case 'set': {
      const { reminder, overwrite } = change;
      const { name, dueAt } = reminder;
      return [overwrite ? 'set' : 'new', name, dueMember(id, name), '', dueAt, reminderText(reminder)];
    }
    case 'delete':
      return ['delete', change.name, dueMember(id, change.name), '', '', ''];
    case 'advance': {
      const { name, version, next } = change;
      return ['advance', name, dueMember(id, name), version, next?.dueAt ?? '', next ? reminderText(next) : ''];
    }
  }
}

function reminderText(reminder: Reminder): string {
  return `${reminder.version}\n${JSON.stringify(reminder)}`;
}
