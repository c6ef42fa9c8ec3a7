import { tooManyTransactionOperations } from '#blocks/state/errors.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { keyTurns } from '#core/key-turns.ts';
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
import { knownFeatures } from './features.ts';
import { servicesAt } from './services.ts';
import {
  consistencyNumber,
  deleteRequest,
  etagRefusal,
  operationMessage,
  queryMessage,
  setRequest,
  storedValue,
} from './state-messages.ts';

const known: readonly StateFeature[] = ['ETAG', 'TRANSACTIONAL', 'TTL', 'DELETE_WITH_PREFIX', 'KEYS_LIKE', 'QUERY_API'];

// some components look into them without asking whether they are there
const options = { parallelism: 0n };

type Store = TransactionalStateStore & QueryableStateStore & BulkWritingStateStore;

/** A state store in a process of its own. What it can do, it says itself. */
export function pluggableStateStore(socket: string): Factory<Store> {
  return async (context) => {
    const services = await servicesAt(socket, context.clock);
    if (!services.has(StateService.typeName)) throw new TypeError(`the component at ${socket} is no state store`);
    let features: readonly StateFeature[] = [];
    const link = await openLink({
      socket,
      context,
      init: async (ask) => {
        await ask(undefined, StateService.method.init, { metadata: { properties: propertiesOf(context) } });
        const said = await ask(undefined, StateService.method.features, {});
        const canQuery = services.has(QueriableStateStore.typeName) ? ['QUERY_API'] : [];
        features = knownFeatures([...said.features, ...canQuery], known);
      },
    });
    // asked when it matters: to some components the question is only known together with transactions
    let limit: Promise<number> | undefined;
    const checkSize = async (count: number): Promise<void> => {
      if (!services.has(TransactionalStoreMultiMaxSize.typeName)) return;
      limit ??= limitOf(link);
      const most = await limit.catch(() => (limit = undefined));
      if (most !== undefined && count > most) throw tooManyTransactionOperations(context.name, count, most);
    };
    return storeOn(link, { features, checkSize });
  };
}

interface Facts {
  readonly features: readonly StateFeature[];
  /** Rejects when a transaction has more operations than the component takes. */
  readonly checkSize: (count: number) => Promise<void>;
}

function storeOn(link: ComponentLink, { features, checkSize }: Facts): Store {
  const turns = keyTurns();
  const refused = (cause: unknown): never => {
    throw etagRefusal(cause);
  };

  return {
    features,
    async get(call, key, consistency) {
      const asked = { key, consistency: consistencyNumber(consistency) };
      return storedValue(await link.ask(call, StateService.method.get, asked));
    },
    async getBulk(call, keys) {
      const found = new Map<string, StoredValue>();
      if (keys.length === 0) return found;
      const items = [...new Set(keys)].map((key) => ({ key }));
      const reply = await link.ask(call, StateService.method.bulkGet, { items, options });
      for (const item of reply.items) {
        if (item.error !== '') throw new Error(`${item.key}: ${item.error}`);
        const value = storedValue(item);
        if (value) found.set(item.key, value);
      }
      return found;
    },
    async set(call, operation) {
      const send = () => link.ask(call, StateService.method.set, setRequest(operation));
      await turns.take(operation.key, send).catch(refused);
    },
    async delete(call, operation) {
      const send = () => link.ask(call, StateService.method.delete, deleteRequest(operation));
      await turns.take(operation.key, send).catch(refused);
    },
    async setMany(call, operations) {
      const send = () => link.ask(call, StateService.method.bulkSet, { items: operations.map(setRequest), options });
      await turns.takeAll(keysOf(operations), send).catch(refused);
    },
    async deleteMany(call, operations) {
      const send = () =>
        link.ask(call, StateService.method.bulkDelete, { items: operations.map(deleteRequest), options });
      await turns.takeAll(keysOf(operations), send).catch(refused);
    },
    async transact(call, operations) {
      if (operations.length === 0) return;
      const send = async () => {
        await checkSize(operations.length);
        return await link.ask(call, TransactionService.method.transact, {
          operations: operations.map(operationMessage),
        });
      };
      await turns.takeAll(keysOf(operations), send).catch(refused);
    },
    async query(call, query) {
      const reply = await link.ask(call, QueriableStateStore.method.query, { query: queryMessage(query) });
      const own = reply.items.filter(({ key }) => key.startsWith(query.keyPrefix));
      const failed = own.find(({ error }) => error !== '');
      if (failed) throw new Error(`${failed.key}: ${failed.error}`);
      const items = own.map(({ key, data, etag }) => ({ key, data, etag: etag?.value ?? '' }));
      return { items, ...(reply.token === '' ? undefined : { token: reply.token }) };
    },
    async close() {
      await turns.drained();
      link.close();
    },
  };
}

async function limitOf(link: ComponentLink): Promise<number> {
  const { maxSize } = await link.ask(undefined, TransactionalStoreMultiMaxSize.method.multiMaxSize, {});
  return maxSize > 0n ? Number(maxSize) : Infinity;
}

function keysOf(operations: readonly { readonly key: string }[]): readonly string[] {
  return [...new Set(operations.map(({ key }) => key))];
}

function propertiesOf({ properties, metadata }: ComponentContext): Record<string, string> {
  return { ...(properties ?? metadata) };
}
