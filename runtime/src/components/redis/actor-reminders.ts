import { type ReminderStore, partitionCount } from '#blocks/actors/ports.ts';
import type { ActorRef, Reminder } from '#blocks/actors/ports.ts';
import type { ActorKeys } from './actor-keys.ts';
import type { RedisLink } from './connection.ts';
import { redisScript, runScript } from './script.ts';
import { reminderOf } from './turn-script.ts';

/** KEYS: due times of partitions. ARGV: before, limit. Returns alternating indexes of partitions and members, soonest first. */
const dueScript = redisScript(`
local found = {}
for i = 1, #KEYS do
  local rows = redis.call('ZRANGEBYSCORE', KEYS[i], '-inf', '(' .. ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[2])
  for j = 1, #rows, 2 do found[#found + 1] = { i, rows[j], tonumber(rows[j + 1]) } end
end
table.sort(found, function(a, b) return a[3] < b[3] end)
local first = {}
for i = 1, math.min(#found, tonumber(ARGV[2])) do
  first[#first + 1] = found[i][1]
  first[#first + 1] = found[i][2]
end
return first`);

/** Bounds the size of one reply, so that it does not delay others. */
const chunk = 1000;

export function redisReminders(link: RedisLink, names: ActorKeys): ReminderStore {
  const get = async (actor: ActorRef, name: string): Promise<Reminder | undefined> => {
    const text = await link.read((client) => client.hget(names.reminders(actor), name));
    return text == null ? undefined : reminderOf(text);
  };

  /** Those that still exist. */
  const load = async (members: readonly { readonly type: string; readonly member: string }[]): Promise<Reminder[]> => {
    const reminders: Reminder[] = [];
    for (let at = 0; at < members.length; at += chunk) {
      const loaded = members.slice(at, at + chunk).map(({ type, member }) => {
        const [id, name] = JSON.parse(member) as [string, string];
        return get({ type, id }, name);
      });
      for (const reminder of await Promise.all(loaded)) if (reminder) reminders.push(reminder);
    }
    return reminders;
  };

  const listType = async (type: string): Promise<readonly Reminder[]> => {
    const reminders: Reminder[] = [];
    for (let partition = 0; partition < partitionCount; partition++) {
      const members = await link.read((client) => client.zrange(names.due(type, partition), '0', '-1'));
      reminders.push(...(await load(members.map((member) => ({ type, member })))));
    }
    return reminders;
  };

  return {
    get: (_call, actor, name) => get(actor, name),
    async list(_call, type, id) {
      if (id === undefined) return await listType(type);
      return (await link.read((client) => client.hvals(names.reminders({ type, id })))).map(reminderOf);
    },
    async due(partitions, before, limit) {
      if (partitions.length === 0) return [];
      const keys = partitions.map(({ type, partition }) => names.due(type, partition));
      const reply = await link.read((client) => runScript(client, dueScript, keys, [before, limit]));
      const flat = reply as readonly (string | number)[];
      const members = Array.from({ length: flat.length / 2 }, (_, at) => ({
        type: partitions[Number(flat[at * 2]) - 1]?.type ?? '',
        member: String(flat[at * 2 + 1]),
      }));
      // a reminder that was changed in the meantime may be due later
      return (await load(members)).filter((reminder) => reminder.dueAt < before);
    },
  };
}
