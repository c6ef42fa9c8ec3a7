import type { ActorCapable } from '#blocks/actors/actor-capable.ts';
import { stateStatementRejected } from '#blocks/state/errors.ts';
import type {
  QueryableStateStore,
  StateOperation,
  StoredValue,
  TransactionalStateStore,
} from '#blocks/state/state-store.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { keyedQueue } from '#core/keyed-queue.ts';
import { openActorCollections } from './actor-collections.ts';
import { mongoActorStore } from './actor-store.ts';
import { type MongoConnection, connectMongo } from './connection.ts';
import { isLive } from './document-filters.ts';
import { connectionError } from './errors.ts';
import { type MongoSettings, mongoSettings } from './settings.ts';
import { findState } from './state-query.ts';
import { type StateWriter, stateWriter } from './state-writer.ts';
import { storedValue } from './stored-value.ts';

/** As in upstream's metadata, only a store with `actorStateStore: true` can store actors. */
export type MongoStateStore = TransactionalStateStore & QueryableStateStore & Partial<ActorCapable>;

/** Keys per query, far below the largest message. */
const keysPerQuery = 1000;

/** `state.mongodb`, on the same documents as upstream's. Rejects when the metadata is invalid or no server can be reached. */
export const mongoStateStore: Factory<MongoStateStore> = async (context) => {
  const settings = mongoSettings(context);
  const connection = await connectMongo(context, settings);
  const writer = stateWriter(connection.collection, () => context.random.uuid());
  const store = storeOn(connection, writer);
  try {
    return { ...store, ...(await actorsOn(context, settings, { connection, writer })) };
  } catch (cause) {
    await connection.close();
    throw connectionError(cause, settings);
  }
};

function storeOn(connection: MongoConnection, writer: StateWriter): MongoStateStore {
  const { collection } = connection;
  const turns = keyedQueue();
  /** Serializes writes to one key, which could otherwise overtake each other on different connections. */
  const inTurn = (operations: readonly StateOperation[], work: (signal: AbortSignal) => Promise<void>): Promise<void> =>
    connection.write((signal) =>
      turns.runAll([...new Set(operations.map(({ key }) => key))], async () => {
        signal.throwIfAborted();
        await work(signal);
      }),
    );
  const write = (operation: StateOperation): Promise<void> => inTurn([operation], () => writer.write(operation));

  return {
    features: ['ETAG', 'TRANSACTIONAL', 'QUERY_API', 'TTL', 'KEYS_LIKE'],
    async get(_call, key) {
      const document = await connection.read(() => collection.findOne({ _id: key, ...isLive }));
      return document === null ? undefined : storedValue(document);
    },
    async getBulk(_call, keys) {
      const distinct = [...new Set(keys)];
      const values = new Map<string, StoredValue>();
      for (let at = 0; at < distinct.length; at += keysPerQuery) {
        const page = distinct.slice(at, at + keysPerQuery);
        const find = () => collection.find({ _id: { $in: page }, ...isLive }).toArray();
        const documents = await connection.read(find);
        for (const document of documents) values.set(document._id, storedValue(document));
      }
      return values;
    },
    set: (_call, operation) => write(operation),
    delete: (_call, operation) => write(operation),
    async transact(_call, operations) {
      if (operations.length === 0) return;
      if (!connection.hasTransactions)
        throw stateStatementRejected('using transactions with MongoDB requires connecting to a replica set');
      await inTurn(operations, (signal) =>
        connection.transact(signal, async (session) => {
          for (const operation of operations) await writer.write(operation, session);
        }),
      );
    },
    query: (_call, query) => connection.read(() => findState(collection, query)),
    async close() {
      await turns.drained();
      await connection.close();
    },
  };
}

/** Empty without transactions, and for a store without `actorStateStore: true`. */
async function actorsOn(
  context: ComponentContext,
  settings: MongoSettings,
  parts: { readonly connection: MongoConnection; readonly writer: StateWriter },
): Promise<Partial<ActorCapable>> {
  const { connection, writer } = parts;
  const isMarked = /^true$/i.test(context.metadata['actorstatestore'] ?? '');
  if (!isMarked || !connection.hasTransactions) return {};
  const location = { stateCollection: settings.collection, namespace: context.namespace };
  const collections = await openActorCollections(connection.database, location);
  const uuid = (): string => context.random.uuid();
  return {
    actorStore: (appId) => mongoActorStore(appId, { connection, collections, writer, uuid }),
  };
}
