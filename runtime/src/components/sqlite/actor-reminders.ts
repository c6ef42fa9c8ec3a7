import type { ActorRef, Fence, Reminder, ReminderChange, ReminderStore } from '#blocks/actors/ports.ts';
import { reminderExists } from '#blocks/actors/errors.ts';
import type { ActorTableNames } from './actor-tables.ts';
import type { Database } from './database.ts';

export interface SqliteReminders extends ReminderStore {
  /** Only inside a write. Throws `reminderExists`. */
  apply(actor: ActorRef, fence: Fence, change: ReminderChange): void;
}

/** `read` runs a function that reads. */
export function sqliteReminders(
  { sqlite }: Database,
  { reminders }: ActorTableNames,
  read: <T>(work: () => T) => Promise<T>,
): SqliteReminders {
  const find = sqlite.prepare(`select reminder from ${reminders} where type = ? and actor_id = ? and name = ?`);
  const ofActor = sqlite.prepare(`select reminder from ${reminders} where type = ? and actor_id = ?`);
  const ofType = sqlite.prepare(`select reminder from ${reminders} where type = ?`);
  const put = sqlite.prepare(
    `replace into ${reminders} (type, actor_id, name, partition, due_at, version, reminder) values (?, ?, ?, ?, ?, ?, ?)`,
  );
  const remove = sqlite.prepare(`delete from ${reminders} where type = ? and actor_id = ? and name = ?`);
  const due = sqlite.prepare(
    `select r.reminder from json_each(?) as requested
      join ${reminders} r on r.type = requested.value ->> 0 and r.partition = requested.value ->> 1 and r.due_at < ?
      order by r.due_at limit ?`,
  );

  const get = ({ type, id }: ActorRef, name: string): Reminder | undefined => reminderOf(find.get(type, id, name));
  const set = (reminder: Reminder, partition: number): void => {
    const { actor, name, dueAt, version } = reminder;
    put.run(actor.type, actor.id, name, partition, dueAt, version, JSON.stringify(reminder));
  };

  return {
    get: (_call, actor, name) => read(() => get(actor, name)),
    list: (_call, type, id) =>
      read(() => (id === undefined ? ofType.all(type) : ofActor.all(type, id)).flatMap((row) => reminderOf(row) ?? [])),
    due: (partitions, before, limit) =>
      read(() => {
        const requested = JSON.stringify(partitions.map(({ type, partition }) => [type, partition]));
        return due.all(requested, before, limit).flatMap((row) => reminderOf(row) ?? []);
      }),
    apply(actor, { partition }, change) {
      switch (change.kind) {
        case 'set':
          if (!change.overwrite && get(actor, change.reminder.name)) throw reminderExists(change.reminder.name);
          set(change.reminder, partition);
          break;
        case 'delete':
          remove.run(actor.type, actor.id, change.name);
          break;
        case 'advance':
          if (get(actor, change.name)?.version !== change.version) break;
          if (change.next) set(change.next, partition);
          else remove.run(actor.type, actor.id, change.name);
          break;
      }
    },
  };
}

/** Written by `set`. */
function reminderOf(row: Readonly<Record<string, unknown>> | undefined): Reminder | undefined {
  return row && (JSON.parse(String(row['reminder'])) as Reminder);
}
