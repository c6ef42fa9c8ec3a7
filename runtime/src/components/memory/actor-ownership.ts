import type { ActorHost, Fence, OwnershipStore, OwnershipTable } from '#blocks/actors/ports.ts';
import { type ActorDatabase, rowKey } from './actor-database.ts';

export function memoryOwnership(database: ActorDatabase): OwnershipStore {
  const { clock, hosts, partitions } = database;

  const isAlive = (hostId: string | undefined): boolean => {
    const row = hostId === undefined ? undefined : hosts.get(hostId);
    return row !== undefined && row.leaseUntil > clock.now();
  };

  const table = (): OwnershipTable => ({
    hosts: [...hosts.values()].filter(({ host }) => isAlive(host.id)).map(({ host }) => host),
    owned: [...partitions].flatMap(([key, { hostId, epoch }]) => {
      if (hostId === undefined || !isAlive(hostId)) return [];
      const [type, partition] = JSON.parse(key) as [string, number];
      return [{ type, partition, hostId, epoch }];
    }),
  });

  const free = (hostId: string): void => {
    hosts.delete(hostId);
    for (const row of partitions.values()) if (row.hostId === hostId) row.hostId = undefined;
  };

  return {
    async heartbeat(host: ActorHost, leaseMs: number) {
      for (const { host: other } of hosts.values()) {
        if (other.id !== host.id && (other.address === host.address || !isAlive(other.id))) hosts.delete(other.id);
      }
      hosts.set(host.id, { host, leaseUntil: clock.now() + leaseMs });
      return table();
    },
    async claim(host: ActorHost, type: string, requested: readonly number[]) {
      if (!isAlive(host.id)) return [];
      const fences: Fence[] = [];
      for (const partition of requested) {
        const key = rowKey(type, partition);
        const row = partitions.get(key);
        if (isAlive(row?.hostId)) continue;
        const epoch = (row?.epoch ?? 0) + 1;
        partitions.set(key, { hostId: host.id, epoch });
        fences.push({ type, partition, hostId: host.id, epoch });
      }
      return fences;
    },
    async release(fences: readonly Fence[]) {
      for (const fence of fences) {
        const row = partitions.get(rowKey(fence.type, fence.partition));
        // The row and its epoch stay: the epoch must grow with each new owner.
        if (row?.hostId === fence.hostId && row.epoch === fence.epoch) row.hostId = undefined;
      }
    },
    read: async () => table(),
    leave: async (hostId: string) => free(hostId),
  };
}
