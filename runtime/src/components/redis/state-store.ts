import type { ComponentContext, Factory } from '#core/component.ts';
import type { ActorCapable } from '#blocks/actors/actor-capable.ts';
import type { JobCapable } from '#blocks/jobs/job-capable.ts';
import { etagInvalid, etagMismatch } from '#blocks/state/errors.ts';
import {
  type Consistency,
  maxTtlSeconds,
  type StateOperation,
  type StoredValue,
  type TransactionalStateStore,
} from '#blocks/state/state-store.ts';
import { redisActorStore } from './actor-store.ts';
import type { RedisClient } from './client.ts';
import { openRedis } from './connection.ts';
import { warnAboutDataLoss } from './durability.ts';
import { redisJobStore } from './job-store.ts';
import { isErrorReply, redisRejected } from './errors.ts';
import { runScript } from './script.ts';
import { replicasOf, readServerInfo, versionOf } from './server-info.ts';
import { redisReader, redisSettings } from './settings.ts';
import { scriptArguments, stateScript } from './state-script.ts';

const waitForReplicasMs = 1000;

/** `state.redis`, on the same hashes as upstream's. Rejects when the metadata is invalid or no server responds. */
export const redisStateStore: Factory<TransactionalStateStore & ActorCapable & JobCapable> = async (context) => {
  const settings = redisSettings(context);
  const defaultTtlSeconds = defaultTtlOf(context);
  const storesActors = /^true$/i.test(context.metadata['actorstatestore'] ?? '');
  const link = await openRedis(context, settings);
  const [info, heartbeats] = await Promise.all([
    readServerInfo(link),
    storesActors ? openRedis(context, settings) : undefined,
  ]).catch(async (cause: unknown) => {
    await link.close();
    throw cause;
  });
  if (heartbeats) warnAboutDataLoss(context, settings.address, info);
  const replicas = replicasOf(info);
  const hasExpireTime = versionOf(info) >= 7;
  const { clock } = context;

  const write = async (operations: readonly StateOperation[]): Promise<void> => {
    const keys: string[] = [];
    const values: (string | Buffer)[] = [];
    for (const operation of operations) {
      keys.push(operation.key);
      values.push(...scriptArguments(operation, etagOf(operation), defaultTtlSeconds));
    }
    if ((await link.write((client) => runScript(client, stateScript, keys, values))) !== 0) throw etagMismatch();
    if (replicas > 0 && operations.some(({ consistency }) => consistency === 'strong'))
      await link.write((client) => client.wait(replicas, waitForReplicasMs));
  };

  const expiryOf = async (client: RedisClient, key: string): Promise<number | undefined> => {
    if (hasExpireTime) {
      const at = await client.pexpiretime(key);
      return at < 0 ? undefined : at;
    }
    const left = await client.pttl(key);
    // rounded to seconds, so that two reads return the same time
    return left < 0 ? undefined : Math.round((clock.now() + left) / 1000) * 1000;
  };

  const readFrom = async (client: RedisClient, key: string): Promise<StoredValue | undefined> => {
    const [fields, expiresAt] = await Promise.all([hashOf(client, key), expiryOf(client, key)]);
    if (fields === 'no hash') return await foreignValue(client, key, expiresAt);
    const [data, version] = fields;
    if (data == null && version == null) return undefined;
    if (data == null || version == null) throw redisRejected(`${key} is a hash without the fields data and version`);
    const value = { data, etag: version.toString('latin1') };
    return expiresAt === undefined ? value : { ...value, expiresAt };
  };
  const get = (key: string): Promise<StoredValue | undefined> => link.read((client) => readFrom(client, key));

  return {
    features: ['ETAG', 'TRANSACTIONAL', 'TTL', 'KEYS_LIKE'],
    get: (_call, key, _consistency?: Consistency) => get(key),
    async getBulk(_call, keys) {
      const distinct = [...new Set(keys)];
      const values = await Promise.all(distinct.map(get));
      return new Map(distinct.flatMap((key, at) => (values[at] ? [[key, values[at]] as const] : [])));
    },
    set: (_call, operation) => write([operation]),
    delete: (_call, operation) => write([operation]),
    transact: (_call, operations) => (operations.length === 0 ? Promise.resolve() : write(operations)),
    actorStore(appId) {
      if (!heartbeats) throw new TypeError(`component ${context.name} stores no actors: set actorStateStore to true`);
      return redisActorStore(appId, { namespace: context.namespace, link, heartbeats, defaultTtlSeconds, get });
    },
    jobStore: (owner) => redisJobStore(owner, { link, holder: context.random.uuid() }),
    close: async () => void (await Promise.all([link.close(), heartbeats?.close()])),
  };
};

type Fields = readonly (Buffer | null | undefined)[];

async function hashOf(client: RedisClient, key: string): Promise<Fields | 'no hash'> {
  try {
    return await client.hmgetBuffer(key, 'data', 'version');
  } catch (cause) {
    if (isErrorReply(cause, 'WRONGTYPE')) return 'no hash';
    throw cause;
  }
}

/** A plain string of another program is a value without an etag, as upstream. */
async function foreignValue(
  client: RedisClient,
  key: string,
  expiresAt: number | undefined,
): Promise<StoredValue | undefined> {
  const data = await client.getBuffer(key);
  if (data === null) return undefined;
  return expiresAt === undefined ? { data, etag: '' } : { data, etag: '', expiresAt };
}

/**
 * An etag is an integer: anything else is invalid on a write and a mismatch on a delete. With an explicit `last-write` a
 * write ignores the etag. All as upstream, and unlike its other stores.
 */
function etagOf({ kind, etag, concurrency }: StateOperation): string {
  if (etag === undefined) return '';
  if (kind === 'delete') return etag;
  if (concurrency === 'last-write') return '';
  if (!/^[+-]?\d{1,19}$/.test(etag)) throw etagInvalid(`strconv.Atoi: parsing ${JSON.stringify(etag)}: invalid syntax`);
  return String(BigInt(etag));
}

function defaultTtlOf(context: ComponentContext): number | undefined {
  const read = redisReader(context);
  if (read.text('queryIndexes') !== '')
    context.log.warn({ component: context.name }, 'queryIndexes has no effect: queries are not supported on Redis');
  const seconds = read.integer('ttlInSeconds', -1, { min: -1 });
  if (seconds > maxTtlSeconds) throw read.invalid('ttlInSeconds', `${maxTtlSeconds} or less`);
  return seconds > 0 ? seconds : undefined;
}
