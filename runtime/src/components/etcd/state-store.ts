import { etagMismatch, stateStatementRejected } from '#blocks/state/errors.ts';
import type { SetOperation, StateOperation, StoredValue, TransactionalStateStore } from '#blocks/state/state-store.ts';
import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { isRecord } from '#core/cloud-event.ts';
import type { ComponentContext, Factory } from '#core/component.ts';
import { textOf, withCause } from '#core/errors.ts';
import { keyedQueue } from '#core/keyed-queue.ts';
import { type EtcdGateway, etcdGateway } from './gateway.ts';
import { etcdSettings } from './settings.ts';
import { bareForm, envelopeForm } from './stored-value.ts';
import type { StoredForm } from './stored-value.ts';

/** `state.etcd` version 1: values are stored unchanged. */
export const etcdStateStoreV1: Factory<TransactionalStateStore> = (context) => open(context, bareForm);

/** `state.etcd` version 2: values are stored in an envelope with their expiry. */
export const etcdStateStoreV2: Factory<TransactionalStateStore> = (context) => open(context, envelopeForm);

type Row = StoredValue & { readonly isExpired: boolean };

/** The etag is the revision of the key's last change. Expiry is a lease: etcd removes the key, a second or two late. */
async function open(context: ComponentContext, form: StoredForm): Promise<TransactionalStateStore> {
  const { clock } = context;
  const settings = etcdSettings(context);
  const store: EtcdStore = {
    form,
    clock,
    gateway: etcdGateway(settings, clock),
    keyOf: (key) => Buffer.from(`${settings.keyPrefix}/${key}`).toString('base64'),
  };
  const turns = keyedQueue();
  const commit = (call: Call, operations: readonly StateOperation[]): Promise<void> =>
    turns.runAll([...new Set(operations.map(({ key }) => key))], () => commitOn(store, call, operations));

  return {
    features: ['ETAG', 'TRANSACTIONAL', 'TTL'],
    maxOperations: settings.maxOperations,
    async get(call, key) {
      const row = await readRow(store, call, key);
      return row && !row.isExpired ? storedValue(row) : undefined;
    },
    async getBulk(call, keys) {
      const distinct = [...new Set(keys)];
      const values = new Map<string, StoredValue>();
      for (let at = 0; at < distinct.length; at += settings.maxOperations) {
        const page = distinct.slice(at, at + settings.maxOperations);
        const success = page.map((key) => ({ request_range: { key: store.keyOf(key) } }));
        const responses = listOf(await store.gateway.request(call, '/v3/kv/txn', { success }), 'responses');
        for (const [i, key] of page.entries()) {
          const response = responses[i];
          const row = rowOf(store, isRecord(response) ? response['response_range'] : undefined);
          if (row && !row.isExpired) values.set(key, storedValue(row));
        }
      }
      return values;
    },
    set: (call, operation) => commit(call, [operation]),
    delete: (call, operation) => commit(call, [operation]),
    transact: async (call, operations) => {
      if (operations.length > 0) await commit(call, operations);
    },
    async close() {
      await turns.drained();
      store.gateway.close();
    },
  };
}

interface EtcdStore {
  readonly gateway: EtcdGateway;
  readonly form: StoredForm;
  readonly clock: Clock;
  /** The key in etcd, as base64. */
  readonly keyOf: (key: string) => string;
}

function rowOf({ form, clock }: EtcdStore, response: unknown): Row | undefined {
  const [kv] = listOf(response, 'kvs');
  if (!isRecord(kv)) return undefined;
  const stored = decoded(form, Buffer.from(textIn(kv, 'value'), 'base64'));
  const { expiresAt } = stored;
  return {
    ...stored,
    etag: textIn(kv, 'mod_revision'),
    isExpired: expiresAt !== undefined && expiresAt <= clock.now(),
  };
}

async function readRow(store: EtcdStore, call: Call, key: string): Promise<Row | undefined> {
  return rowOf(store, await store.gateway.request(call, '/v3/kv/range', { key: store.keyOf(key) }));
}

/** One transaction. Throws `etagMismatch` when a condition does not hold. */
async function commitOn(store: EtcdStore, call: Call, operations: readonly StateOperation[]): Promise<void> {
  const compare: object[] = [];
  const last = new Map<string, StateOperation>();
  for (const operation of operations) {
    const before = last.get(operation.key);
    if (!before) compare.push(...(await conditions(store, call, operation)));
    else if (contradicts(before, operation)) throw etagMismatch();
    last.set(operation.key, operation);
  }
  const success: object[] = [];
  // etcd allows each key once per transaction: only the last operation on it is sent
  for (const operation of last.values())
    success.push(
      operation.kind === 'set'
        ? await put(store, call, operation)
        : { request_delete_range: { key: store.keyOf(operation.key) } },
    );
  const { succeeded } = await store.gateway.request(call, '/v3/kv/txn', { compare, success });
  if (succeeded !== true) throw etagMismatch();
}

/** The conditions of the transaction. Throws `etagMismatch` when one does not hold now. */
async function conditions(store: EtcdStore, call: Call, operation: StateOperation): Promise<object[]> {
  const { key, etag } = operation;
  const isFirst = operation.kind === 'set' && operation.concurrency === 'first-write';
  if (etag === undefined && !isFirst) return [];
  const row = await readRow(store, call, key);
  const live = row?.isExpired ? undefined : row;
  if (etag === undefined ? live !== undefined : live?.etag !== etag) throw etagMismatch();
  return [{ key: store.keyOf(key), target: 'MOD', result: 'EQUAL', mod_revision: row?.etag ?? '0' }];
}

async function put(store: EtcdStore, call: Call, { key, value, ttlSeconds }: SetOperation): Promise<object> {
  const bytes = store.form.encode(value, { now: store.clock.now(), ttlSeconds });
  const entry = { key: store.keyOf(key), value: Buffer.from(bytes).toString('base64') };
  if (ttlSeconds === undefined) return { request_put: entry };
  const lease = textIn(await store.gateway.request(call, '/v3/lease/grant', { TTL: String(ttlSeconds) }), 'ID');
  return { request_put: { ...entry, lease } };
}

/** The operation has a condition on the result of an earlier operation of the same transaction. */
function contradicts(before: StateOperation, operation: StateOperation): boolean {
  if (operation.etag !== undefined) return true;
  return before.kind === 'set' && operation.kind === 'set' && operation.concurrency === 'first-write';
}

function storedValue({ data, etag, expiresAt }: Row): StoredValue {
  return expiresAt === undefined ? { data, etag } : { data, etag, expiresAt };
}

function decoded(form: StoredForm, bytes: Buffer): ReturnType<StoredForm['decode']> {
  try {
    return form.decode(bytes);
  } catch (cause) {
    throw withCause(stateStatementRejected(textOf(cause)), cause);
  }
}

function listOf(response: unknown, name: string): readonly unknown[] {
  const list = isRecord(response) ? response[name] : undefined;
  return Array.isArray(list) ? (list as readonly unknown[]) : [];
}

function textIn(record: Readonly<Record<string, unknown>>, name: string): string {
  const value = record[name];
  return typeof value === 'string' ? value : '';
}
