import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { actorStateKey } from '#blocks/actors/actor-key.ts';
import { actorOwnershipLost, reminderExists } from '#blocks/actors/errors.ts';
import type {
  ActorRef,
  ActorStore,
  Fence,
  OutboxStore,
  Reminder,
  ReminderChange,
  ReminderStore,
} from '#blocks/actors/ports.ts';
import { type ActorDatabase, actorDatabase, rowKey } from './actor-database.ts';
import { memoryOwnership } from './actor-ownership.ts';

/** An actor store with its own database; for several hosts that share one, use `memoryActorStoreOn`. */
export function memoryActorStore(dependencies: { appId: string; clock: Clock; random: Random }): ActorStore {
  return memoryActorStoreOn(actorDatabase(dependencies), dependencies.appId);
}

/** Behaves like the durable stores, including epochs and leases; each method is atomic. */
export function memoryActorStoreOn(database: ActorDatabase, appId: string): ActorStore {
  const { state, partitions, clock } = database;

  const isOwner = (fence: Fence): boolean => {
    const row = partitions.get(rowKey(fence.type, fence.partition));
    return row?.hostId === fence.hostId && row.epoch === fence.epoch;
  };

  return {
    get: async (_call, actor, key) => state.get(actorStateKey(appId, actor, key)),
    async commit(_call, actor, fence, changes) {
      if (!isOwner(fence)) throw actorOwnershipLost(actor.type, actor.id);
      // Reminders first: only they can still reject the turn.
      const reminders = changedReminders(database, actor, changes.reminders);
      for (const [name, reminder] of reminders) {
        const key = rowKey(actor.type, actor.id, name);
        if (reminder) database.reminders.set(key, { partition: fence.partition, reminder });
        else database.reminders.delete(key);
      }
      for (const operation of changes.operations) {
        state.apply({ ...operation, key: actorStateKey(appId, actor, operation.key) });
      }
      for (const event of changes.events) database.outbox.add({ appId, event, leasedUntil: clock.now() });
    },
    reminders: memoryReminders(database),
    outbox: memoryOutbox(database, appId),
    ownership: memoryOwnership(database),
    async close() {},
  };
}

/** The final state of each reminder that the turn changes; undefined means deleted. Writes nothing. */
function changedReminders(
  database: ActorDatabase,
  actor: ActorRef,
  changes: readonly ReminderChange[],
): ReadonlyMap<string, Reminder | undefined> {
  const changed = new Map<string, Reminder | undefined>();
  const current = (name: string): Reminder | undefined =>
    changed.has(name) ? changed.get(name) : database.reminders.get(rowKey(actor.type, actor.id, name))?.reminder;
  for (const change of changes) {
    switch (change.kind) {
      case 'set':
        if (!change.overwrite && current(change.reminder.name)) throw reminderExists(change.reminder.name);
        changed.set(change.reminder.name, change.reminder);
        break;
      case 'delete':
        changed.set(change.name, undefined);
        break;
      case 'advance':
        if (current(change.name)?.version === change.version) changed.set(change.name, change.next);
        break;
    }
  }
  return changed;
}

function memoryReminders(database: ActorDatabase): ReminderStore {
  const rows = (): Reminder[] => [...database.reminders.values()].map((row) => row.reminder);
  return {
    get: async (_call, actor, name) => database.reminders.get(rowKey(actor.type, actor.id, name))?.reminder,
    list: async (_call, type, id) =>
      rows().filter(({ actor }) => actor.type === type && (id === undefined || actor.id === id)),
    async due(partitions, before, limit) {
      const requested = new Set(partitions.map((fence) => rowKey(fence.type, fence.partition)));
      return [...database.reminders.values()]
        .filter(
          ({ partition, reminder }) => requested.has(rowKey(reminder.actor.type, partition)) && reminder.dueAt < before,
        )
        .map((row) => row.reminder)
        .sort((a, b) => a.dueAt - b.dueAt)
        .slice(0, limit);
    },
  };
}

function memoryOutbox(database: ActorDatabase, appId: string): OutboxStore {
  const { outbox, clock } = database;
  return {
    async claim(limit, leaseMs) {
      const now = clock.now();
      const free = [...outbox].filter((row) => row.appId === appId && row.leasedUntil <= now).slice(0, limit);
      for (const row of free) row.leasedUntil = now + leaseMs;
      return free.map((row) => row.event);
    },
    async remove(ids) {
      const removed = new Set(ids);
      for (const row of outbox) if (row.appId === appId && removed.has(row.event.id)) outbox.delete(row);
    },
  };
}
