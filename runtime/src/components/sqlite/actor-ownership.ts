import type { ActorHost, Fence, OwnershipStore, OwnershipTable } from '#blocks/actors/ports.ts';
import type { Clock } from '#core/clock.ts';
import type { ActorTableNames } from './actor-tables.ts';
import type { Database } from './database.ts';

export interface SqliteOwnership extends OwnershipStore {
  /** Only inside a write: nobody can claim the partition before it is committed. */
  isOwner(fence: Fence): boolean;
}

/**
 * Leases are measured by the machine's clock, which all processes with the same file share. `read` and `write` run a
 * function that reads or writes.
 */
export function sqliteOwnership(
  { sqlite }: Database,
  { hosts, partitions }: ActorTableNames,
  dependencies: {
    readonly clock: Clock;
    readonly read: <T>(work: () => T) => Promise<T>;
    readonly write: <T>(work: () => T) => Promise<T>;
  },
): SqliteOwnership {
  const { clock, read, write } = dependencies;
  const dropOthers = sqlite.prepare(`delete from ${hosts} where host_id <> ? and (address = ? or lease_until <= ?)`);
  const putHost = sqlite.prepare(
    `replace into ${hosts} (host_id, app_id, address, types, lease_until) values (?, ?, ?, ?, ?)`,
  );
  const aliveHosts = sqlite.prepare(`select host_id, app_id, address, types from ${hosts} where lease_until > ?`);
  const isAlive = sqlite.prepare(`select 1 from ${hosts} where host_id = ? and lease_until > ?`);
  const owned = sqlite.prepare(
    `select p.type, p.partition, p.host_id, p.epoch from ${partitions} p
      join ${hosts} h on h.host_id = p.host_id and h.lease_until > ?`,
  );
  const row = sqlite.prepare(`select host_id, epoch from ${partitions} where type = ? and partition = ?`);
  const take = sqlite.prepare(`replace into ${partitions} (type, partition, host_id, epoch) values (?, ?, ?, ?)`);
  // the row and its epoch stay: the epoch must grow with each new owner
  const releaseOne = sqlite.prepare(
    `update ${partitions} set host_id = null where type = ? and partition = ? and host_id = ? and epoch = ?`,
  );
  const releaseAll = sqlite.prepare(`update ${partitions} set host_id = null where host_id = ?`);
  const dropHost = sqlite.prepare(`delete from ${hosts} where host_id = ?`);

  const table = (): OwnershipTable => ({
    hosts: aliveHosts.all(clock.now()).map((stored) => ({
      id: String(stored['host_id']),
      appId: String(stored['app_id']),
      address: String(stored['address']),
      types: JSON.parse(String(stored['types'])) as readonly string[],
    })),
    owned: owned.all(clock.now()).map((stored) => ({
      type: String(stored['type']),
      partition: Number(stored['partition']),
      hostId: String(stored['host_id']),
      epoch: Number(stored['epoch']),
    })),
  });
  const isHostAlive = (hostId: unknown): boolean =>
    typeof hostId === 'string' && isAlive.get(hostId, clock.now()) !== undefined;

  return {
    isOwner({ type, partition, hostId, epoch }) {
      const stored = row.get(type, partition);
      return stored?.['host_id'] === hostId && stored['epoch'] === epoch;
    },
    heartbeat: (host: ActorHost, leaseMs: number) =>
      write(() => {
        dropOthers.run(host.id, host.address, clock.now());
        putHost.run(host.id, host.appId, host.address, JSON.stringify(host.types), clock.now() + leaseMs);
        return table();
      }),
    claim: (host: ActorHost, type: string, requested: readonly number[]) =>
      write(() => {
        if (!isHostAlive(host.id)) return [];
        return requested.flatMap((partition): Fence[] => {
          const stored = row.get(type, partition);
          if (isHostAlive(stored?.['host_id'])) return [];
          const epoch = Number(stored?.['epoch'] ?? 0) + 1;
          take.run(type, partition, host.id, epoch);
          return [{ type, partition, hostId: host.id, epoch }];
        });
      }),
    release: (fences: readonly Fence[]) =>
      write(() => {
        for (const { type, partition, hostId, epoch } of fences) releaseOne.run(type, partition, hostId, epoch);
      }),
    read: () => read(table),
    leave: (hostId: string) =>
      write(() => {
        releaseAll.run(hostId);
        dropHost.run(hostId);
      }),
  };
}
