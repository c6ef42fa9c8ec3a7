import type { ReminderStore } from '#blocks/actors/ports.ts';
import { intArray, textArray } from './binary-array.ts';
import type { Connection } from './connection.ts';
import type { ActorTableNames } from './migration.ts';
import { reminderOf, selectedReminderColumns as columns } from './reminder-row.ts';

export function postgresReminders(connection: Connection, { reminders }: ActorTableNames): ReminderStore {
  const named = (name: string, text: string): { name: string; text: string } => ({
    name: `reminders-${name}`,
    text,
  });
  const get = named('get', `select ${columns} from ${reminders} where type = $1 and actor_id = $2 and name = $3`);
  const list = named(
    'list',
    `select ${columns} from ${reminders} where type = $1 and ($2::text is null or actor_id = $2) order by actor_id, name`,
  );
  // The inner limit bounds the index scan of each partition.
  const due = named(
    'due',
    `select ${columns} from unnest($1::text[], $2::integer[]) as p (of_type, of_partition)
      cross join lateral (
        select * from ${reminders} r where r.type = of_type and r.partition = of_partition and r.due_at_ms < $3::float8
        order by r.due_at_ms limit $4::integer
      ) as r order by due_at_ms, type, actor_id, name limit $4::integer`,
  );
  return {
    async get(_call, actor, name) {
      const [row] = await connection.run(get, [actor.type, actor.id, name]);
      return row && reminderOf(row);
    },
    list: async (_call, type, id) => (await connection.run(list, [type, id ?? null])).map(reminderOf),
    async due(partitions, before, limit) {
      if (partitions.length === 0) return [];
      const types = textArray(partitions.map((fence) => fence.type));
      const numbers = intArray(partitions.map((fence) => fence.partition));
      return (await connection.run(due, [types, numbers, before, limit])).map(reminderOf);
    },
  };
}
