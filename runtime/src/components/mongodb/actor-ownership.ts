import type { ClientSession } from 'mongodb';
import type { ActorHost, Fence, OwnershipStore, OwnershipTable } from '#blocks/actors/ports.ts';
import type { ActorCollections } from './actor-collections.ts';
import type { MongoConnection } from './connection.ts';
import { isDuplicateKey } from './errors.ts';

export interface MongoOwnership extends OwnershipStore {
  /** Inside a turn's transaction: false when the fence is stale. Nobody can claim the partition until the transaction ends. */
  hold(fence: Fence, session: ClientSession): Promise<boolean>;
}

const isAlive = { $expr: { $gt: ['$leaseUntil', '$$NOW'] } };
const hasEnded = { $expr: { $lte: ['$leaseUntil', '$$NOW'] } };

/** Leases are measured by the server's clock. */
export function mongoActorOwnership(
  { hosts, partitions }: ActorCollections,
  { read, write }: Pick<MongoConnection, 'read' | 'write'>,
): MongoOwnership {
  const aliveHosts = async (): Promise<readonly ActorHost[]> =>
    (await hosts.find(isAlive).toArray()).map(({ _id, appId, address, types }) => ({ id: _id, appId, address, types }));

  const table = async (): Promise<OwnershipTable> => {
    const alive = await aliveHosts();
    const owned = await partitions.find({ hostId: { $in: alive.map(({ id }) => id) } }).toArray();
    return {
      hosts: alive,
      owned: owned.map(({ type, partition, hostId, epoch }) => ({ type, partition, hostId: hostId ?? '', epoch })),
    };
  };

  const take = async (host: ActorHost, partition: { type: string; partition: number }, alive: readonly string[]) => {
    try {
      const taken = await partitions.findOneAndUpdate(
        { _id: idOf(partition), hostId: { $nin: alive } },
        { $set: { hostId: host.id, ...partition }, $inc: { epoch: 1 } },
        { upsert: true, returnDocument: 'after' },
      );
      return taken === null ? [] : [{ ...partition, hostId: host.id, epoch: taken.epoch }];
    } catch (cause) {
      // the document exists and does not match the filter: a live host owns the partition
      if (isDuplicateKey(cause)) return [];
      throw cause;
    }
  };

  return {
    async hold(fence, session) {
      const { hostId, epoch } = fence;
      const expected = { _id: idOf(fence), hostId, epoch };
      const { matchedCount } = await partitions.updateOne(expected, { $inc: { turns: 1 } }, { session });
      return matchedCount > 0;
    },
    heartbeat: ({ id, appId, address, types }, leaseMs) =>
      write(async () => {
        await hosts.deleteMany({ _id: { $ne: id }, $or: [{ address }, hasEnded] });
        const fields = { appId, address, types: [...types] };
        const update = { $set: { ...literals(fields), leaseUntil: { $add: ['$$NOW', leaseMs] } } };
        await hosts.updateOne({ _id: id }, [update], { upsert: true });
        return await table();
      }),
    claim: (host, type, requested) =>
      write(async () => {
        const alive = (await aliveHosts()).map(({ id }) => id);
        if (!alive.includes(host.id)) return [];
        const taken = await Promise.all(requested.map((partition) => take(host, { type, partition }, alive)));
        return taken.flat();
      }),
    release: (fences) =>
      write(async () => {
        await Promise.all(
          fences.map((fence) => {
            const { hostId, epoch } = fence;
            return partitions.updateOne({ _id: idOf(fence), hostId, epoch }, { $set: { hostId: null } });
          }),
        );
      }),
    read: () => read(table),
    leave: (hostId) =>
      write(async () => {
        await partitions.updateMany({ hostId }, { $set: { hostId: null } });
        await hosts.deleteOne({ _id: hostId });
      }),
  };
}

function idOf({ type, partition }: { readonly type: string; readonly partition: number }): string {
  return `${type}||${partition}`;
}

/** In an update pipeline text with a `$` would be evaluated. */
function literals(fields: Readonly<Record<string, unknown>>): Record<string, { $literal: unknown }> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { $literal: value }]));
}
