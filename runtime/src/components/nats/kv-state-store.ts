import { settingsReader } from '#core/component-settings.ts';
import type { Factory } from '#core/component.ts';
import { keyedQueue } from '#core/keyed-queue.ts';
import { etagMismatch, stateUnavailable } from '#blocks/state/errors.ts';
import type { DeleteOperation, SetOperation, StateStore, StoredValue } from '#blocks/state/state-store.ts';
import { openLink } from './connection.ts';
import { type KvRow, openBucket } from './kv-bucket.ts';
import { kvKeyOf } from './kv-keys.ts';
import { jetStreamSettings } from './settings.ts';

const timeoutMs = 5000;
/** How often another client may write between the read of a key and the conditional write. */
const maxAttempts = 8;
const readsAtOnce = 128;

/**
 * `state.jetstream`: a key-value bucket of NATS. The etag is the key's revision, followed by the expiry if there is one,
 * so that an etag can be checked without a read. No transactions: NATS has none across keys.
 */
export const kvStateStore: Factory<StateStore> = async (context) => {
  const { clock } = context;
  const entries = settingsReader(context);
  const bucketName = entries.required('bucket', 'set it to the name of a bucket');
  if (!/^[-\w]+$/.test(bucketName)) throw entries.invalid('bucket', 'a name with a-z, A-Z, 0-9, _ and - only');
  const settings = jetStreamSettings(context);
  const link = await openLink(context, {
    ...settings,
    connectionName: entries.text('name', 'dapr.io - statestore.jetstream'),
  });
  const bucket = await openBucket(link, bucketName, timeoutMs).catch(async (cause: unknown) => {
    await link.close();
    throw cause;
  });
  const turns = keyedQueue();
  let isClosed = false;

  const hasExpired = ({ expiresAt }: KvRow): boolean => expiresAt !== undefined && expiresAt <= clock.now();

  const read = async (key: string, isStrong: boolean): Promise<StoredValue | undefined> => {
    const escaped = kvKeyOf(key);
    const row = await bucket.read(escaped, isStrong);
    if (row === undefined || row.isDeleted) return undefined;
    if (!hasExpired(row)) return storedValue(row);
    // removed here, since NATS does not; a concurrent write or an error does not concern the reader
    bucket.change(escaped, { kind: 'delete', ifRevision: row.revision }).catch(() => {});
    return undefined;
  };

  const write = async (operation: SetOperation | DeleteOperation): Promise<void> => {
    const key = kvKeyOf(operation.key);
    const change =
      operation.kind === 'delete'
        ? ({ kind: 'delete' } as const)
        : ({ kind: 'put', data: operation.value, expiresAt: expiryOf(operation, clock.now()) } as const);
    if (operation.etag !== undefined) {
      const revision = revisionOf(operation.etag, clock.now());
      if (revision === undefined || !(await bucket.change(key, { ...change, ifRevision: revision })))
        throw etagMismatch();
    } else if (operation.kind === 'set' && operation.concurrency === 'first-write') {
      if (await bucket.change(key, { ...change, ifRevision: 0 })) return;
      // the key existed before: check whether it has a value now
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const row = await bucket.read(key, true);
        if (row && !row.isDeleted && !hasExpired(row)) throw etagMismatch();
        if (await bucket.change(key, { ...change, ifRevision: row?.revision ?? 0 })) return;
      }
      throw etagMismatch();
    } else {
      await bucket.change(key, change);
    }
  };

  const inTurn = (operation: SetOperation | DeleteOperation): Promise<void> =>
    isClosed
      ? Promise.reject(stateUnavailable('the component is closed'))
      : turns.run(operation.key, () => write(operation));

  return {
    features: ['ETAG', 'TTL'],
    get: (_call, key, consistency) => read(key, consistency === 'strong'),
    async getBulk(_call, keys) {
      const distinct = [...new Set(keys)];
      const values = new Map<string, StoredValue>();
      for (let at = 0; at < distinct.length; at += readsAtOnce) {
        await Promise.all(
          distinct.slice(at, at + readsAtOnce).map(async (key) => {
            const value = await read(key, false);
            if (value) values.set(key, value);
          }),
        );
      }
      return values;
    },
    set: (_call, operation) => inTurn(operation),
    delete: (_call, operation) => inTurn(operation),
    async close() {
      isClosed = true;
      await turns.drained();
      await link.close();
    },
  };
};

function storedValue({ data, revision, expiresAt }: KvRow): StoredValue {
  return expiresAt === undefined
    ? { data, etag: String(revision) }
    : { data, etag: `${revision}-${expiresAt}`, expiresAt };
}

/** Undefined when no current value can have this etag. */
function revisionOf(etag: string, now: number): number | undefined {
  const [, revision, expiresAt] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(etag) ?? [];
  if (revision === undefined || Number(revision) === 0) return undefined;
  return expiresAt !== undefined && Number(expiresAt) <= now ? undefined : Number(revision);
}

function expiryOf({ ttlSeconds }: SetOperation, now: number): number | undefined {
  return ttlSeconds === undefined ? undefined : Math.ceil(now + ttlSeconds * 1000);
}
