import type { Call } from '#core/call.ts';
import type { Loaded } from '#core/component.ts';
import {
  illegalStateKey,
  malformedStateRequest,
  queryingNotSupported,
  stateOperationNotSupported,
  stateStoreNotConfigured,
  stateStoreNotFound,
  tooManyTransactionOperations,
  transactionsNotSupported,
} from './errors.ts';
import { keyPrefix, keySeparator } from './key-prefix.ts';
import {
  bulkDeleteRefusal,
  bulkGetRefusal,
  deleteRefusal,
  getRefusal,
  saveRefusal,
  transactionRefusal,
} from './refusals.ts';
import type { DeleteOperation, SetOperation, StateOperation, StateStore, StoredValue } from './state-store.ts';
import { isTransactional } from './state-store.ts';
import { type WriteOptions, concurrencyOf, consistencyOf, ttlSecondsOf } from './write-options.ts';

type Metadata = Readonly<Record<string, string>>;

export interface GetState {
  readonly storeName: string;
  readonly key: string;
  readonly consistency?: string;
  readonly metadata?: Metadata;
}

export interface StateReply {
  readonly data: Uint8Array;
  readonly etag: string;
  /** `ttlExpireTime` when the value has one. */
  readonly metadata: Metadata;
}

export interface GetBulkState {
  readonly storeName: string;
  readonly keys: readonly string[];
  /** Read and not needed: stores answer many keys at once. */
  readonly parallelism?: number;
  readonly metadata?: Metadata;
}

/** `data` and `etag` are absent for a key that is absent. */
export interface BulkStateItem {
  readonly key: string;
  readonly data?: Uint8Array;
  readonly etag?: string;
  readonly metadata?: Metadata;
}

export interface DeleteItem {
  readonly key: string;
  /** The empty string is the same as none. */
  readonly etag?: string;
  readonly options?: WriteOptions;
  readonly metadata?: Metadata;
}

export interface StateItem extends DeleteItem {
  readonly value: Uint8Array;
}

export interface DeleteState extends DeleteItem {
  readonly storeName: string;
}

export interface SaveState {
  readonly storeName: string;
  readonly states: readonly StateItem[];
}

export interface DeleteBulkState {
  readonly storeName: string;
  readonly states: readonly DeleteItem[];
}

export interface TransactState {
  readonly storeName: string;
  readonly operations: readonly { readonly operationType: string; readonly request: StateItem }[];
  readonly metadata?: Metadata;
}

/** State as both doors see it. Rejects with the errors of `errors.ts`. */
export interface StateBlock {
  /** Throws when there is no such store: doors ask before they read a body, as upstream does. */
  requireStore(storeName: string): void;
  /** Undefined when absent or expired. */
  get(call: Call, request: GetState): Promise<StateReply | undefined>;
  /** One entry per key, in the order asked. */
  getBulk(call: Call, request: GetBulkState): Promise<readonly BulkStateItem[]>;
  /** Each item stands for itself: when one is refused the others are still written, and the refusal is thrown. */
  save(call: Call, request: SaveState): Promise<void>;
  delete(call: Call, request: DeleteState): Promise<void>;
  deleteBulk(call: Call, request: DeleteBulkState): Promise<void>;
  /** All or nothing, in order. */
  transact(call: Call, request: TransactState): Promise<void>;
  /** No store here has the feature yet, so it always throws. */
  query(storeName: string): never;
}

export function stateBlock(options: {
  readonly appId: string;
  readonly namespace: string;
  readonly stores: ReadonlyMap<string, Loaded<StateStore>>;
}): StateBlock {
  const { appId, namespace, stores } = options;
  const prefixes = new WeakMap<Loaded<StateStore>, string>();

  const loaded = (storeName: string): Loaded<StateStore> => {
    const store = stores.get(storeName);
    if (store !== undefined) return store;
    throw stores.size === 0 ? stateStoreNotConfigured(storeName, appId) : stateStoreNotFound(storeName, appId);
  };

  const fullKey = (store: Loaded<StateStore>, key: string): string => {
    if (key === '') throw malformedStateRequest('"key" is a required field');
    if (key.includes(keySeparator)) throw illegalStateKey(store.name, key);
    let prefix = prefixes.get(store);
    if (prefix === undefined) {
      prefix = keyPrefix(store.metadata['keyprefix'], { appId, namespace, storeName: store.name });
      prefixes.set(store, prefix);
    }
    return prefix + key;
  };

  return {
    requireStore: (storeName) => void loaded(storeName),

    async get(call, { storeName, key, consistency }) {
      const store = loaded(storeName);
      const full = fullKey(store, key);
      // An unknown consistency is only a hint that nobody understands: upstream reads all the same.
      const hint = consistency === 'strong' ? consistency : undefined;
      try {
        const found = await store.port.get(call, full, hint);
        return found && { data: found.data, etag: found.etag, metadata: replyMetadata(found) };
      } catch (cause) {
        throw getRefusal(key, storeName, cause);
      }
    },

    async getBulk(call, { storeName, keys }) {
      const store = loaded(storeName);
      const full = keys.map((key) => fullKey(store, key));
      if (keys.length === 0) return [];
      try {
        const found = await store.port.getBulk(call, full);
        return keys.map((key, at) => bulkItem(key, found.get(full[at] ?? '')));
      } catch (cause) {
        throw bulkGetRefusal(storeName, cause);
      }
    },

    async save(call, { storeName, states }) {
      const store = loaded(storeName);
      // All keys are judged before anything is written.
      const keys = states.map((item) => fullKey(store, item.key));
      const write = async (item: StateItem, at: number): Promise<void> => {
        await store.port.set(call, setOperation(keys[at] ?? '', item));
      };
      await allOrFirstRefusal(states, write, (cause) => saveRefusal(storeName, cause));
    },

    async delete(call, request) {
      const store = loaded(request.storeName);
      const key = fullKey(store, request.key);
      try {
        await store.port.delete(call, deleteOperation(key, request));
      } catch (cause) {
        throw deleteRefusal(request.key, cause);
      }
    },

    async deleteBulk(call, { storeName, states }) {
      const store = loaded(storeName);
      const keys = states.map((item) => fullKey(store, item.key));
      const remove = async (item: DeleteItem, at: number): Promise<void> => {
        await store.port.delete(call, deleteOperation(keys[at] ?? '', item));
      };
      await allOrFirstRefusal(states, remove, (cause) => bulkDeleteRefusal(storeName, cause));
    },

    async transact(call, { storeName, operations }) {
      const store = loaded(storeName);
      const { port } = store;
      if (!isTransactional(port)) throw transactionsNotSupported(storeName);
      if (port.maxOperations !== undefined && operations.length > port.maxOperations) {
        throw tooManyTransactionOperations(storeName, operations.length, port.maxOperations);
      }
      const keys = operations.map(({ operationType, request }) => {
        if (operationType !== 'upsert' && operationType !== 'delete') throw stateOperationNotSupported(operationType);
        return fullKey(store, request.key);
      });
      if (operations.length === 0) return;
      try {
        const prepared = operations.map(({ operationType, request }, at): StateOperation =>
          operationType === 'upsert' ? setOperation(keys[at] ?? '', request) : deleteOperation(keys[at] ?? '', request),
        );
        await port.transact(call, prepared);
      } catch (cause) {
        throw transactionRefusal(cause);
      }
    },

    query(storeName) {
      loaded(storeName);
      throw queryingNotSupported(storeName);
    },
  };
}

function setOperation(key: string, item: StateItem): SetOperation {
  return {
    kind: 'set',
    key,
    value: item.value,
    etag: item.etag === '' ? undefined : item.etag,
    concurrency: concurrencyOf(item.options),
    consistency: consistencyOf(item.options),
    ttlSeconds: ttlSecondsOf(item.metadata),
  };
}

function deleteOperation(key: string, item: DeleteItem): DeleteOperation {
  return {
    kind: 'delete',
    key,
    etag: item.etag === '' ? undefined : item.etag,
    concurrency: concurrencyOf(item.options),
    consistency: consistencyOf(item.options),
  };
}

/** Starts all in order, waits for all to end, and throws the first refusal. */
async function allOrFirstRefusal<Item>(
  items: readonly Item[],
  run: (item: Item, at: number) => Promise<void>,
  refusal: (cause: unknown) => Error,
): Promise<void> {
  const only = items[0];
  if (only === undefined) return;
  if (items.length === 1) {
    try {
      await run(only, 0);
    } catch (cause) {
      throw refusal(cause);
    }
    return;
  }
  const results = await Promise.allSettled(items.map(run));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw refusal(failed.reason);
}

const noMetadata: Metadata = Object.freeze({});

function replyMetadata(value: StoredValue): Metadata {
  return value.expiresAt === undefined ? noMetadata : { ttlExpireTime: rfc3339(value.expiresAt) };
}

function bulkItem(key: string, value: StoredValue | undefined): BulkStateItem {
  if (value === undefined) return { key };
  const item = { key, data: value.data, etag: value.etag };
  return value.expiresAt === undefined ? item : { ...item, metadata: replyMetadata(value) };
}

/** To the second, as upstream writes it. */
function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
