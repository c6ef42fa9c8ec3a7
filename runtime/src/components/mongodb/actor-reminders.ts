import type { ClientSession, Filter } from 'mongodb';
import { reminderExists } from '#blocks/actors/errors.ts';
import type { ActorRef, Fence, Reminder, ReminderChange, ReminderStore } from '#blocks/actors/ports.ts';
import type { ActorCollections, ReminderDocument } from './actor-collections.ts';
import type { MongoConnection } from './connection.ts';

export interface MongoReminders extends ReminderStore {
  /** In the transaction of a turn. Throws `reminderExists`. */
  apply(actor: ActorRef, fence: Fence, change: ReminderChange, session: ClientSession): Promise<void>;
}

/** Reminders as JSON documents, with the fields that queries need. */
export function mongoReminders(
  { reminders }: ActorCollections,
  { read }: Pick<MongoConnection, 'read'>,
): MongoReminders {
  const find = async (filter: Filter<ReminderDocument>, limit = 0): Promise<readonly Reminder[]> =>
    (await reminders.find(filter).sort({ dueAt: 1 }).limit(limit).toArray()).map(reminderOf);

  const put = async (reminder: Reminder, partition: number, session: ClientSession): Promise<void> => {
    const { actor, name, dueAt, version } = reminder;
    const document = { type: actor.type, actorId: actor.id, partition, dueAt, version };
    const replacement = { ...document, reminder: JSON.stringify(reminder) };
    await reminders.replaceOne({ _id: idOf(actor, name) }, replacement, { upsert: true, session });
  };

  return {
    get: (_call, actor, name) =>
      read(async () => {
        const document = await reminders.findOne({ _id: idOf(actor, name) });
        return document === null ? undefined : reminderOf(document);
      }),
    list: (_call, type, id) => read(() => find(id === undefined ? { type } : { type, actorId: id })),
    async due(fences, before, limit) {
      if (fences.length === 0) return [];
      const byType = Map.groupBy(fences, ({ type }) => type);
      const conditions = [...byType].map(([type, typeFences]) => ({
        type,
        partition: { $in: typeFences.map(({ partition }) => partition) },
      }));
      return await read(() => find({ $or: conditions, dueAt: { $lt: before } }, limit));
    },
    async apply(actor, { partition }, change, session) {
      switch (change.kind) {
        case 'set': {
          const { reminder, overwrite } = change;
          const exists = async () =>
            (await reminders.findOne({ _id: idOf(actor, reminder.name) }, { session })) !== null;
          if (!overwrite && (await exists())) throw reminderExists(reminder.name);
          await put(reminder, partition, session);
          break;
        }
        case 'delete':
          await reminders.deleteOne({ _id: idOf(actor, change.name) }, { session });
          break;
        case 'advance': {
          const current = { _id: idOf(actor, change.name), version: change.version };
          if (!change.next) await reminders.deleteOne(current, { session });
          else if ((await reminders.findOne(current, { session })) !== null) await put(change.next, partition, session);
          break;
        }
      }
    },
  };
}

function idOf({ type, id }: ActorRef, name: string): string {
  return JSON.stringify([type, id, name]);
}

/** Written by `put`. */
function reminderOf({ reminder }: ReminderDocument): Reminder {
  return JSON.parse(reminder) as Reminder;
}
