import { isUtf8 } from 'node:buffer';
import { actorStateKey } from '#blocks/actors/actor-key.ts';
import { actorOwnershipLost } from '#blocks/actors/errors.ts';
import type { ActorStore } from '#blocks/actors/ports.ts';
import type { StoredValue } from '#blocks/state/state-store.ts';
import type { Clock } from '#core/clock.ts';
import { sqliteOutbox } from './actor-outbox.ts';
import { sqliteOwnership } from './actor-ownership.ts';
import { sqliteReminders } from './actor-reminders.ts';
import { actorTables } from './actor-tables.ts';
import { type Database, sqliteRefusal } from './database.ts';
import type { StateTable } from './state-table.ts';
import type { WriteTurns } from './write-turns.ts';

export interface ActorPlace {
  readonly database: Database;
  readonly turns: WriteTurns;
  readonly table: StateTable;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * Actors in the file of a state store: their state is rows of its table. A turn is one write, in which ownership is
 * looked at: as only one process can write at a time, nobody takes over before it is committed.
 */
export function sqliteActorStore(appId: string, place: ActorPlace): ActorStore {
  const { database, turns, table, clock } = place;
  const tables = actorTables(place.tableName);
  const always = { signal: new AbortController().signal };
  const written = <T>(work: () => T): Promise<T> => turns.write(always, work);
  const asked = async <T>(work: () => T): Promise<T> => {
    try {
      return await database.patiently(work);
    } catch (cause) {
      throw sqliteRefusal(cause);
    }
  };
  const ownership = sqliteOwnership(database, tables, { clock, asked, written });
  const outbox = sqliteOutbox(database, tables, { appId, clock, written });
  const reminders = sqliteReminders(database, tables, asked);

  return {
    get: (_call, actor, key): Promise<StoredValue | undefined> =>
      asked(() => table.get(actorStateKey(appId, actor, key))),
    commit: (call, actor, fence, changes) =>
      turns.write(call, () => {
        if (!ownership.isOwner(fence)) throw actorOwnershipLost(actor.type, actor.id);
        for (const change of changes.reminders) reminders.apply(actor, fence, change);
        for (const operation of changes.operations) {
          const key = actorStateKey(appId, actor, operation.key);
          if (operation.kind === 'delete') table.apply({ kind: 'delete', key });
          else table.apply({ ...operation, key, isJson: isText(operation.value) });
        }
        for (const event of changes.events) outbox.add(event);
      }),
    reminders,
    outbox,
    ownership,
    async close() {},
  };
}

/** Text is kept as it is, for people and other programs to read. */
function isText(value: Uint8Array): boolean {
  return isUtf8(value) && !value.includes(0);
}
