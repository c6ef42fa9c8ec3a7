import { actorStateKey } from '#blocks/actors/actor-key.ts';
import { actorOwnershipLost } from '#blocks/actors/errors.ts';
import type { ActorStore } from '#blocks/actors/ports.ts';
import { goJson } from '#core/go-json.ts';
import { keyedQueue } from '#core/keyed-queue.ts';
import type { ActorCollections } from './actor-collections.ts';
import { mongoOutbox } from './actor-outbox.ts';
import { mongoActorOwnership } from './actor-ownership.ts';
import { mongoReminders } from './actor-reminders.ts';
import type { MongoConnection } from './connection.ts';
import { isLive } from './document-filters.ts';
import type { StateWriter } from './state-writer.ts';
import { storedValue } from './stored-value.ts';

export interface ActorStoreParts {
  readonly connection: MongoConnection;
  readonly collections: ActorCollections;
  readonly writer: StateWriter;
  readonly uuid: () => string;
}

/**
 * Actors in the state store's database: their state is documents of its collection. A turn is one transaction. It updates the
 * document of its partition if owner and epoch are still those of the turn. A takeover updates the same document: it either
 * commits first, and the turn fails, or waits until the turn is committed.
 */
export function mongoActorStore(appId: string, parts: ActorStoreParts): ActorStore {
  const { connection, collections, writer, uuid } = parts;
  const ownership = mongoActorOwnership(collections, connection);
  const reminders = mongoReminders(collections, connection);
  const outbox = mongoOutbox(collections, connection, { appId, uuid });
  const turns = keyedQueue();

  return {
    async get(_call, actor, key) {
      const id = actorStateKey(appId, actor, key);
      const document = await connection.read(() => collections.state.findOne({ _id: id, ...isLive }));
      return document === null ? undefined : storedValue(document);
    },
    commit: (_call, actor, fence, changes) =>
      connection.write((signal) =>
        // concurrent transactions that change the same document would only conflict and be repeated
        turns.run(`${fence.type}||${fence.partition}`, () =>
          connection.transact(signal, async (session) => {
            if (!(await ownership.hold(fence, session))) throw actorOwnershipLost(actor.type, actor.id);
            for (const change of changes.reminders) await reminders.apply(actor, fence, change, session);
            for (const operation of changes.operations) {
              const key = actorStateKey(appId, actor, operation.key);
              if (operation.kind === 'delete') await writer.write({ kind: 'delete', key }, session);
              else await writer.write({ ...operation, key, isJson: isJson(operation.value) }, session);
            }
            await outbox.add(changes.events, session);
          }),
        ),
      ),
    reminders,
    outbox,
    ownership,
    close: () => turns.drained(),
  };
}

/** Apps store JSON, which daprd stores as documents. Values that would not be returned unchanged stay text or bytes. */
function isJson(value: Uint8Array): boolean {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  try {
    return goJson(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}
