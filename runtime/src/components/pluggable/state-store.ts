import { tooManyTransactionOperations } from '#blocks/state/errors.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { keyedQueue } from '#core/keyed-queue.ts';
import type {
  BulkWritingStateStore,
  QueryableStateStore,
  StateFeature,
  StoredValue,
  TransactionalStateStore,
} from '#blocks/state/state-store.ts';
import {
  QueriableStateStore,
  StateStore as StateService,
  TransactionalStateStore as TransactionService,
  TransactionalStoreMultiMaxSize,
} from '#gen/dapr/proto/components/v1/state_pb.ts';
import type { ComponentLink } from './component-link.ts';
import { openLink } from './component-link.ts';
import { supportedFeatures } from './features.ts';
import { servicesAt } from './services.ts';
import {
  consistencyNumber,
  deleteRequest,
  etagErrorOf,
  operationMessage,
  queryMessage,
  setRequest,
  storedValue,
} from './state-messages.ts';

const supported: readonly StateFeature[] = [
  'ETAG',
  'TRANSACTIONAL',
  'TTL',
  'DELETE_WITH_PREFIX',
  'KEYS_LIKE',
  'QUERY_API',
];

// some components read the options without checking that they are set
const options = { parallelism: 0n };

type Store = TransactionalStateStore & QueryableStateStore & BulkWritingStateStore;

/** A state store in a separate process, with the features that it reports. */
export function pluggableStateStore(socket: string): Factory<Store> {
  return async (context) => {
    const services = await servicesAt(socket, context.clock);
    if (!services.has(StateService.typeName)) throw new TypeError(`the component at ${socket} is not a state store`);
    let features: readonly StateFeature[] = [];
    const link = await openLink({
      socket,
      context,
      init: async (request) => {
        await request(undefined, StateService.method.init, { metadata: { properties: propertiesOf(context) } });
        const response = await request(undefined, StateService.method.features, {});
        const canQuery = services.has(QueriableStateStore.typeName) ? ['QUERY_API'] : [];
        features = supportedFeatures([...response.features, ...canQuery], supported);
      },
    });
    // read when needed: some components implement it only together with transactions
    let limit: Promise<number> | undefined;
    const checkSize = async (count: number): Promise<void> => {
      if (!services.has(TransactionalStoreMultiMaxSize.typeName)) return;
      limit ??= limitOf(link);
      const maxOperations = await limit.catch(() => (limit = undefined));
      if (maxOperations !== undefined && count > maxOperations)
        throw tooManyTransactionOperations(context.name, count, maxOperations);
    };
    return storeOn(link, { features, checkSize });
  };
}

interface StoreOptions {
  readonly features: readonly StateFeature[];
  /** Rejects when a transaction has more operations than the component takes. */
  readonly checkSize: (count: number) => Promise<void>;
}

function storeOn(link: ComponentLink, { features, checkSize }: StoreOptions): Store {
  const turns = keyedQueue();
  const throwEtagError = (cause: unknown): never => {
    throw etagErrorOf(cause);
  };

  return {
    features,
    async get(call, key, consistency) {
      const request = { key, consistency: consistencyNumber(consistency) };
      return storedValue(await link.request(call, StateService.method.get, request));
    },
    async getBulk(call, keys) {
      const values = new Map<string, StoredValue>();
      if (keys.length === 0) return values;
      const items = [...new Set(keys)].map((key) => ({ key }));
      const response = await link.request(call, StateService.method.bulkGet, { items, options });
      for (const item of response.items) {
        if (item.error !== '') throw new Error(`${item.key}: ${item.error}`);
        const value = storedValue(item);
        if (value) values.set(item.key, value);
      }
      return values;
    },
    async set(call, operation) {
      const send = () => link.request(call, StateService.method.set, setRequest(operation));
      await turns.run(operation.key, send).catch(throwEtagError);
    },
    async delete(call, operation) {
      const send = () => link.request(call, StateService.method.delete, deleteRequest(operation));
      await turns.run(operation.key, send).catch(throwEtagError);
    },
    async setMany(call, operations) {
      const send = () =>
        link.request(call, StateService.method.bulkSet, { items: operations.map(setRequest), options });
      await turns.runAll(keysOf(operations), send).catch(throwEtagError);
    },
    async deleteMany(call, operations) {
      const send = () =>
        link.request(call, StateService.method.bulkDelete, { items: operations.map(deleteRequest), options });
      await turns.runAll(keysOf(operations), send).catch(throwEtagError);
    },
    async transact(call, operations) {
      if (operations.length === 0) return;
      const send = async () => {
        await checkSize(operations.length);
        return await link.request(call, TransactionService.method.transact, {
          operations: operations.map(operationMessage),
        });
      };
      await turns.runAll(keysOf(operations), send).catch(throwEtagError);
    },
    async query(call, query) {
      const response = await link.request(call, QueriableStateStore.method.query, { query: queryMessage(query) });
      const matching = response.items.filter(({ key }) => key.startsWith(query.keyPrefix));
      const failed = matching.find(({ error }) => error !== '');
      if (failed) throw new Error(`${failed.key}: ${failed.error}`);
      const items = matching.map(({ key, data, etag }) => ({ key, data, etag: etag?.value ?? '' }));
      return { items, ...(response.token === '' ? undefined : { token: response.token }) };
    },
    async close() {
      await turns.drained();
      link.close();
    },
  };
}

async function limitOf(link: ComponentLink): Promise<number> {
  const { maxSize } = await link.request(undefined, TransactionalStoreMultiMaxSize.method.multiMaxSize, {});
  return maxSize > 0n ? Number(maxSize) : Infinity;
}

function keysOf(operations: readonly { readonly key: string }[]): readonly string[] {
  return [...new Set(operations.map(({ key }) => key))];
}

function propertiesOf({ properties, metadata }: ComponentContext): Record<string, string> {
  return { ...(properties ?? metadata) };
}
