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
import { type Database, sqliteError } from './database.ts';
import type { StateTable } from './state-table.ts';
import type { WriteQueue } from './write-queue.ts';

export interface ActorStoreParts {
  readonly database: Database;
  readonly queue: WriteQueue;
  readonly table: StateTable;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * Actors in the file of a state store: their state is rows of its table. A turn is one write, which checks ownership: since
 * only one process can write at a time, no takeover can happen before it is committed.
 */
export function sqliteActorStore(appId: string, parts: ActorStoreParts): ActorStore {
  const { database, queue, table, clock } = parts;
  const tables = actorTables(parts.tableName);
  const always = { signal: new AbortController().signal };
  const write = <T>(work: () => T): Promise<T> => queue.write(always, work);
  const read = async <T>(work: () => T): Promise<T> => {
    try {
      return await database.retryWhileBusy(work);
    } catch (cause) {
      throw sqliteError(cause);
    }
  };
  const ownership = sqliteOwnership(database, tables, { clock, read, write });
  const outbox = sqliteOutbox(database, tables, { appId, clock, write });
  const reminders = sqliteReminders(database, tables, read);

  return {
    get: (_call, actor, key): Promise<StoredValue | undefined> =>
      read(() => table.get(actorStateKey(appId, actor, key))),
    commit: (call, actor, fence, changes) =>
      queue.write(call, () => {
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

/** Text is stored unchanged, so that people and other programs can read it. */
function isText(value: Uint8Array): boolean {
  return isUtf8(value) && !value.includes(0);
}
