import type { Call } from '#core/call.ts';
import type { Loaded } from '#core/component.ts';
import { componentErrorOf } from '#core/component-error.ts';
import { textOf, withCause } from '#core/errors.ts';
import { goText } from '#core/go-text.ts';
import {
  illegalStateKey,
  malformedStateRequest,
  queryingNotSupported,
  stateOperationNotSupported,
  stateQueryFailed,
  stateStoreNotConfigured,
  stateStoreNotFound,
  tooManyTransactionOperations,
  transactionsNotSupported,
} from './errors.ts';
import { keyPrefix, keySeparator } from './key-prefix.ts';
import type { Outbox } from './outbox.ts';
import { parseQuery } from './query.ts';
import {
  bulkDeleteError,
  bulkGetError,
  deleteError,
  getError,
  saveError,
  transactionError,
} from './state-error-mapping.ts';
import { settleAllOrThrowFirst } from './settle-all.ts';
import type { DeleteOperation, SetOperation, StateOperation, StateStore, StoredValue } from './state-store.ts';
import { isBulkWriting, isQueryable, isTransactional } from './state-store.ts';
import { type ValueCipher, valueCipher } from './value-cipher.ts';
import { type WriteOptions, concurrencyOf, consistencyOf, knownOptions, ttlSecondsOf } from './write-options.ts';

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
  /** Accepted and unused: stores read many keys at once. */
  readonly parallelism?: number;
  readonly metadata?: Metadata;
}

/** `data` and `etag` are absent for a key that is absent. */
export interface BulkStateItem {
  readonly key: string;
  /** Present when the value exists and cannot be decrypted; then `data` is absent. */
  readonly error?: string;
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
  /** The value was given as JSON, not as bytes. */
  readonly isJson?: boolean;
  /** The content type of the outbox event. */
  readonly contentType?: string;
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

export interface QueryState {
  readonly storeName: string;
  /** JSON with `filter`, `sort` and `page`. */
  readonly query: string;
  readonly metadata?: Metadata;
}

export interface QueryReply {
  readonly results: readonly BulkStateItem[];
  /** Empty when there is no next page. */
  readonly token: string;
}

/** State, for the HTTP and the gRPC API. Rejects with the errors of `errors.ts`. */
export interface StateBlock {
  /** Throws when there is no such store: the APIs check it before they read a body, as upstream does. */
  requireStore(storeName: string): void;
  /** Undefined when absent or expired. */
  get(call: Call, request: GetState): Promise<StateReply | undefined>;
  /** One entry per key, in the requested order. */
  getBulk(call: Call, request: GetBulkState): Promise<readonly BulkStateItem[]>;
  /**
   * Each item is written on its own: when one is rejected the others are still written, and the rejection is thrown.
   */
  save(call: Call, request: SaveState): Promise<void>;
  delete(call: Call, request: DeleteState): Promise<void>;
  deleteBulk(call: Call, request: DeleteBulkState): Promise<void>;
  /** Atomic and in order. */
  transact(call: Call, request: TransactState): Promise<void>;
  /** Finds only keys with this app's prefix, unlike upstream, which returns those of other apps too. */
  query(call: Call, request: QueryState): Promise<QueryReply>;
}

export function stateBlock(options: {
  readonly appId: string;
  readonly namespace: string;
  readonly stores: ReadonlyMap<string, Loaded<StateStore>>;
  readonly outbox?: Outbox;
}): StateBlock {
  const { appId, namespace, stores, outbox } = options;
  const optionsByStore = new WeakMap<Loaded<StateStore>, StoreOptions>();

  const loaded = (storeName: string): Loaded<StateStore> => {
    const store = stores.get(storeName);
    if (store !== undefined) return store;
    throw stores.size === 0 ? stateStoreNotConfigured(storeName, appId) : stateStoreNotFound(storeName, appId);
  };

  const storeOptions = (store: Loaded<StateStore>): StoreOptions => {
    let stored = optionsByStore.get(store);
    if (stored === undefined) {
      const prefix = keyPrefix(store.metadata['keyprefix'], { appId, namespace, storeName: store.name });
      stored = { prefix, cipher: valueCipher(store) };
      optionsByStore.set(store, stored);
    }
    return stored;
  };

  // an invalid prefix fails at startup and not with the first key
  for (const store of stores.values()) storeOptions(store);

  const fullKey = (store: Loaded<StateStore>, key: string): string => {
    if (key === '') throw malformedStateRequest('"key" is a required field');
    if (key.includes(keySeparator)) throw illegalStateKey(store.name, key);
    return storeOptions(store).prefix + key;
  };

  const context: StateContext = { loaded, storeOptions, fullKey, outbox };
  return {
    requireStore: (storeName) => void loaded(storeName),

    async get(call, { storeName, key, consistency }) {
      const store = loaded(storeName);
      const full = fullKey(store, key);
      // An unknown consistency is ignored: upstream reads all the same.
      const hint = consistency === 'strong' ? consistency : undefined;
      try {
        const stored = await store.port.get(call, full, hint);
        const { cipher } = storeOptions(store);
        const data = stored && cipher ? cipher.decrypt(stored.data) : stored?.data;
        return stored && data && { data, etag: stored.etag, metadata: replyMetadata(stored) };
      } catch (cause) {
        throw getError(key, storeName, cause);
      }
    },

    async getBulk(call, { storeName, keys }) {
      const store = loaded(storeName);
      const full = keys.map((key) => fullKey(store, key));
      if (keys.length === 0) return [];
      try {
        const stored = await store.port.getBulk(call, full);
        const { cipher } = storeOptions(store);
        return keys.map((key, at) => bulkItem(key, stored.get(full[at] ?? ''), cipher));
      } catch (cause) {
        throw bulkGetError(storeName, cause);
      }
    },

    save: (call, request) => saveStates(context, call, request),

    async delete(call, request) {
      const store = loaded(request.storeName);
      const key = fullKey(store, request.key);
      try {
        await store.port.delete(call, deleteOperation(key, request));
      } catch (cause) {
        throw deleteError(request.key, cause);
      }
    },

    deleteBulk: (call, request) => deleteStates(context, call, request),

    transact: (call, request) => transactStates(context, call, request),

    query: (call, request) => queryStates(context, call, request),
  };
}

/** What the operations of the block share. */
interface StateContext {
  readonly loaded: (storeName: string) => Loaded<StateStore>;
  readonly storeOptions: (store: Loaded<StateStore>) => StoreOptions;
  /** The stored key. Throws for an invalid one. */
  readonly fullKey: (store: Loaded<StateStore>, key: string) => string;
  readonly outbox: Outbox | undefined;
}

async function saveStates(
  { loaded, storeOptions, fullKey }: StateContext,
  call: Call,
  { storeName, states }: SaveState,
): Promise<void> {
  const store = loaded(storeName);
  // All keys are validated before anything is written.
  const keys = states.map((item) => fullKey(store, item.key));
  const { cipher } = storeOptions(store);
  const { port } = store;
  if (states.length > 1 && isBulkWriting(port)) {
    try {
      return await port.setMany(
        call,
        states.map((item, at) => setOperation(keys[at] ?? '', item, cipher)),
      );
    } catch (cause) {
      throw saveError(storeName, cause);
    }
  }
  const write = async (item: StateItem, at: number): Promise<void> => {
    await store.port.set(call, setOperation(keys[at] ?? '', item, cipher));
  };
  await settleAllOrThrowFirst(states, write, (cause) => saveError(storeName, cause));
}

async function deleteStates(
  { loaded, fullKey }: StateContext,
  call: Call,
  { storeName, states }: DeleteBulkState,
): Promise<void> {
  const store = loaded(storeName);
  const keys = states.map((item) => fullKey(store, item.key));
  const { port } = store;
  if (states.length > 1 && isBulkWriting(port)) {
    try {
      return await port.deleteMany(
        call,
        states.map((item, at) => deleteOperation(keys[at] ?? '', item)),
      );
    } catch (cause) {
      throw bulkDeleteError(storeName, cause);
    }
  }
  const remove = async (item: DeleteItem, at: number): Promise<void> => {
    await store.port.delete(call, deleteOperation(keys[at] ?? '', item));
  };
  await settleAllOrThrowFirst(states, remove, (cause) => bulkDeleteError(storeName, cause));
}

async function transactStates(
  { loaded, storeOptions, fullKey, outbox }: StateContext,
  call: Call,
  { storeName, operations }: TransactState,
): Promise<void> {
  const store = loaded(storeName);
  const { port } = store;
  if (!isTransactional(port)) throw transactionsNotSupported(storeName);
  if (port.maxOperations !== undefined && operations.length > port.maxOperations) {
    throw tooManyTransactionOperations(storeName, operations.length, port.maxOperations);
  }
  for (const { operationType, request } of operations) {
    if (operationType !== 'upsert' && operationType !== 'delete') throw stateOperationNotSupported(operationType);
    fullKey(store, request.key);
  }
  if (operations.length === 0) return;
  const staged = await outbox?.stage(call, store, operations);
  const { cipher } = storeOptions(store);
  try {
    const prepared = (staged?.operations ?? operations).map(({ operationType, request }): StateOperation => {
      const key = fullKey(store, request.key);
      return operationType === 'upsert'
        ? setOperation(key, request, cipher)
        : deleteOperation(key, { ...request, options: knownOptions(request.options) });
    });
    if (staged) prepared.push(...staged.markers);
    await port.transact(call, prepared);
  } catch (cause) {
    staged?.ended(cause);
    throw transactionError(cause);
  }
  staged?.ended();
}

async function queryStates(
  { loaded, storeOptions }: StateContext,
  call: Call,
  { storeName, query }: QueryState,
): Promise<QueryReply> {
  const store = loaded(storeName);
  const { port } = store;
  if (!isQueryable(port)) throw queryingNotSupported(storeName);
  const { prefix, cipher } = storeOptions(store);
  try {
    const { items, token = '' } = await port.query(call, { ...parseQuery(query), keyPrefix: prefix });
    const results = items.map(({ key, ...value }) => bulkItem(key.slice(prefix.length), value, cipher));
    return { results, token };
  } catch (cause) {
    throw componentErrorOf(cause) ?? withCause(stateQueryFailed(storeName, textOf(cause)), cause);
  }
}

/** The key prefix and the cipher of a component's metadata. */
interface StoreOptions {
  readonly prefix: string;
  readonly cipher: ValueCipher | undefined;
}

function setOperation(key: string, item: StateItem, cipher: ValueCipher | undefined): SetOperation {
  return {
    kind: 'set',
    key,
    value: cipher ? cipher.encrypt(plainValue(item)) : item.value,
    isJson: cipher === undefined && item.isJson === true,
    etag: item.etag === '' ? undefined : item.etag,
    concurrency: concurrencyOf(item.options),
    consistency: consistencyOf(item.options),
    ttlSeconds: ttlSecondsOf(item.metadata),
  };
}

/** As upstream, the encrypted text of a JSON value is not its JSON but Go's print format. */
function plainValue({ value, isJson }: StateItem): Uint8Array {
  if (isJson !== true) return value;
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
  return Buffer.from(goText(JSON.parse(text)));
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

const noMetadata: Metadata = Object.freeze({});

function replyMetadata(value: StoredValue): Metadata {
  return value.expiresAt === undefined ? noMetadata : { ttlExpireTime: rfc3339(value.expiresAt) };
}

function bulkItem(key: string, value: StoredValue | undefined, cipher: ValueCipher | undefined): BulkStateItem {
  if (value === undefined) return { key };
  const { etag } = value;
  const metadata = value.expiresAt === undefined ? undefined : replyMetadata(value);
  try {
    const data = cipher ? cipher.decrypt(value.data) : value.data;
    return metadata === undefined ? { key, data, etag } : { key, data, etag, metadata };
  } catch (cause) {
    return { key, etag, error: textOf(cause) };
  }
}

/** With a resolution of seconds, as upstream writes it. */
function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
