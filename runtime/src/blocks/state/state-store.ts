import type { Call } from '#core/call.ts';

/** 317 years: a longer time to live overflows the timestamps of some stores. */
export const maxTtlSeconds = 9_999_999_999;

/** Names as they appear in metadata's `capabilities`. */
export type StateFeature = 'ETAG' | 'TRANSACTIONAL' | 'TTL' | 'DELETE_WITH_PREFIX' | 'KEYS_LIKE' | 'QUERY_API';

export interface StoredValue {
  /** Exactly the bytes that were written. Shared: the reader must not change them. */
  readonly data: Uint8Array;
  readonly etag: string;
  /** When the value expires, milliseconds since the epoch; absent means never. */
  readonly expiresAt?: number;
}

export type Concurrency = 'first-write' | 'last-write';
export type Consistency = 'eventual' | 'strong';

/** `key` is the full key with its prefix: stores know nothing of prefixes. */
export interface SetOperation {
  readonly kind: 'set';
  readonly key: string;
  readonly value: Uint8Array;
  /** Write only when the stored etag is this one. */
  readonly etag?: string;
  /** `first-write` without an etag: write only when the key is absent or expired. */
  readonly concurrency?: Concurrency;
  readonly consistency?: Consistency;
  /** Absent clears an expiry that the key had. */
  readonly ttlSeconds?: number;
  /**
   * The caller gave the value as JSON. Stores with a JSON column store it readably; the same bytes are returned in any
   * case.
   */
  readonly isJson?: boolean;
}

export interface DeleteOperation {
  readonly kind: 'delete';
  readonly key: string;
  readonly etag?: string;
  readonly concurrency?: Concurrency;
  readonly consistency?: Consistency;
}

export type StateOperation = SetOperation | DeleteOperation;

/** What the state block needs from a vendor. */
export interface StateStore {
  readonly features: readonly StateFeature[];
  /** Undefined when absent or expired. */
  get(call: Call, key: string, consistency?: Consistency): Promise<StoredValue | undefined>;
  /** Absent keys are absent from the map. */
  getBulk(call: Call, keys: readonly string[]): Promise<ReadonlyMap<string, StoredValue>>;
  /** Throws `etagMismatch` or `etagInvalid` of `errors.ts`; then nothing was written. */
  set(call: Call, operation: SetOperation): Promise<void>;
  /** Deleting what is absent succeeds, unless an etag was given that the store compares. */
  delete(call: Call, operation: DeleteOperation): Promise<void>;
  /** Waits for running writes, then closes connections. */
  close(): Promise<void>;
}

/** A store whose operations can be executed atomically. */
export interface TransactionalStateStore extends StateStore {
  /** In order, atomically. One mismatch rejects all. */
  transact(call: Call, operations: readonly StateOperation[]): Promise<void>;
  /** Most operations in one transaction; undefined means no limit. */
  readonly maxOperations?: number;
}

export function isTransactional(store: StateStore): store is TransactionalStateStore {
  return store.features.includes('TRANSACTIONAL');
}

/** A store with an operation for many writes at once. Not atomic: each write succeeds or fails on its own. */
export interface BulkWritingStateStore extends StateStore {
  /** Rejects when one was rejected; the store may have written the others. */
  setMany(call: Call, operations: readonly SetOperation[]): Promise<void>;
  deleteMany(call: Call, operations: readonly DeleteOperation[]): Promise<void>;
}

export function isBulkWriting(store: StateStore): store is BulkWritingStateStore {
  return 'setMany' in store;
}

/** `key` is a path into the stored JSON, its parts separated by dots. */
export type QueryFilter =
  | {
      readonly operator: 'EQ' | 'NEQ' | 'GT' | 'GTE' | 'LT' | 'LTE';
      readonly key: string;
      readonly value: unknown;
    }
  | { readonly operator: 'IN'; readonly key: string; readonly values: readonly unknown[] }
  | { readonly operator: 'AND' | 'OR'; readonly filters: readonly QueryFilter[] };

export interface StateQuery {
  /** Only keys with this prefix are searched. */
  readonly keyPrefix: string;
  readonly filter?: QueryFilter;
  readonly sort: readonly { readonly key: string; readonly order: 'ASC' | 'DESC' }[];
  /** Undefined means no limit. */
  readonly limit?: number;
  /** Returned by an earlier page. */
  readonly token?: string;
}

export interface QueryPage {
  readonly items: readonly { readonly key: string; readonly data: Uint8Array; readonly etag: string }[];
  /** Requests the next page; absent when the query had no limit. */
  readonly token?: string;
}

/** A store that finds values by their content. */
export interface QueryableStateStore extends StateStore {
  /** Throws `stateStatementRejected` for an unsupported query. */
  query(call: Call, query: StateQuery): Promise<QueryPage>;
}

/** Accepts any port, since a wrapper may have hidden a capability. */
export function isQueryable(store: StateStore): store is QueryableStateStore {
  return store.features.includes('QUERY_API') && 'query' in store;
}
