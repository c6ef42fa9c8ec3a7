import type { ClientSession, Collection, Document, UpdateFilter } from 'mongodb';
import { etagMismatch } from '#blocks/state/errors.ts';
import type { DeleteOperation, SetOperation, StateOperation } from '#blocks/state/state-store.ts';
import type { StateDocument } from './connection.ts';
import { isExpired, isLive } from './document-filters.ts';
import { isDuplicateKey } from './errors.ts';
import { bsonValue } from './stored-value.ts';

/** When two clients add the same key at once, the second attempt finds the document of the first client. */
const upsertAttempts = 3;

export interface StateWriter {
  /** Throws `etagMismatch` without writing anything. */
  write(operation: StateOperation, session?: ClientSession): Promise<void>;
}

export function stateWriter(collection: Collection<StateDocument>, uuid: () => string): StateWriter {
  const set = async (operation: SetOperation, session?: ClientSession): Promise<void> => {
    const { key, etag, concurrency } = operation;
    const update = updateOf(operation, uuid());
    if (etag !== undefined) {
      const { matchedCount } = await collection.updateOne({ _id: key, _etag: etag, ...isLive }, update, { session });
      if (matchedCount === 0) throw etagMismatch();
    } else if (concurrency === 'first-write') {
      await addFirst(key, update, session);
    } else {
      await upsert(key, update, session);
    }
  };

  /** Replaces an expired document that is not removed yet; adding a second document with the key fails. */
  const addFirst = async (key: string, update: StateUpdate, session?: ClientSession): Promise<void> => {
    const replaced = await collection.updateOne({ _id: key, ...isExpired }, update, { session });
    if (replaced.matchedCount > 0) return;
    try {
      await collection.updateOne({ _id: key, _etag: uuid() }, update, { upsert: true, session });
    } catch (cause) {
      throw isDuplicateKey(cause) ? etagMismatch() : cause;
    }
  };

  const upsert = async (key: string, update: StateUpdate, session?: ClientSession): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await collection.updateOne({ _id: key }, update, { upsert: true, session });
        return;
      } catch (cause) {
        if (!isDuplicateKey(cause) || session !== undefined || attempt === upsertAttempts) throw cause;
      }
    }
  };

  const remove = async ({ key, etag }: DeleteOperation, session?: ClientSession): Promise<void> => {
    const filter = etag === undefined ? { _id: key } : { _id: key, _etag: etag, ...isLive };
    const { deletedCount } = await collection.deleteOne(filter, { session });
    if (deletedCount === 0 && etag !== undefined) throw etagMismatch();
  };

  return {
    write: (operation, session) => (operation.kind === 'set' ? set(operation, session) : remove(operation, session)),
  };
}

type StateUpdate = UpdateFilter<StateDocument> | Document[];

/**
 * A time to live is measured by the server's clock, and only an update pipeline can compute with it. In a pipeline a value
 * must be a literal: otherwise `$` in it would be evaluated, and an object merged into the previous one.
 */
function updateOf(operation: SetOperation, etag: string): StateUpdate {
  const value = bsonValue(operation);
  const { ttlSeconds } = operation;
  if (ttlSeconds === undefined) return { $set: { value, _etag: etag, _ttl: null } };
  const expiresAt = { $add: ['$$NOW', ttlSeconds * 1000] };
  return [{ $set: { value: { $literal: value }, _etag: { $literal: etag }, _ttl: expiresAt } }];
}
