import type { LockStore, UnlockOutcome } from '#blocks/lock/lock-store.ts';
import type { Factory } from '#core/component.ts';
import { openRedis } from './connection.ts';
import { replicasOf, readServerInfo } from './server-info.ts';
import { redisSettings } from './settings.ts';

/** Returns 1 when released, 0 when nobody holds the lock, -1 when somebody else does. */
const unlockScript = `
local owner = redis.call('GET', KEYS[1])
if not owner then return 0 end
if owner ~= ARGV[1] then return -1 end
return redis.call('DEL', KEYS[1])`;

/**
 * `lock.redis`: a key with the owner's name that expires with the lease. Rejects on a cluster, and on a server with replicas
 * that is not managed by a sentinel: there a lock could be lost silently.
 */
export const redisLockStore: Factory<LockStore> = async (context) => {
  const settings = redisSettings(context);
  if (settings.kind === 'cluster')
    throw new TypeError(`component ${context.name}: locks are not safe on a Redis Cluster, use a single server`);
  const link = await openRedis(context, settings);
  if (settings.kind === 'node' && replicasOf(await readServerInfo(link)) > 0) {
    await link.close();
    throw new TypeError(
      `component ${context.name}: Redis at ${settings.address} has replicas, and replication may lose a lock: use a server without replicas, or set failover`,
    );
  }
  return {
    async tryLock(_call, { resourceId, lockOwner, expirySeconds }) {
      const reply = await link.write((client) => client.set(resourceId, lockOwner, 'EX', expirySeconds, 'NX'));
      return reply === 'OK';
    },
    async unlock(_call, { resourceId, lockOwner }): Promise<UnlockOutcome> {
      const reply = await link.write((client) => client.eval(unlockScript, 1, resourceId, lockOwner));
      if (reply === 0) return 'not-held';
      return reply === -1 ? 'held-by-other' : 'released';
    },
    close: () => link.close(),
  };
};
