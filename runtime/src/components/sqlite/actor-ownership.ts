import type { ActorHost, Fence, OwnershipStore, OwnershipTable } from '#blocks/actors/ports.ts';
import type { Clock } from '#core/clock.ts';
import type { ActorTables } from './actor-tables.ts';
import type { Database } from './database.ts';

export interface SqliteOwnership extends OwnershipStore {
  /** Inside a write: nobody can take the partition before that write is committed. */
  isOwner(fence: Fence): boolean;
}

/**
 * Leases by the clock of the machine, which all who share a file have in common. `asked` runs what reads, `written` what
 * writes.
 */
export function sqliteOwnership(
  { sqlite }: Database,
  { hosts, partitions }: ActorTables,
  world: {
    readonly clock: Clock;
    readonly asked: <T>(work: () => T) => Promise<T>;
    readonly written: <T>(work: () => T) => Promise<T>;
  },
): SqliteOwnership {
  const { clock, asked, written } = world;
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
  // the epoch stays: it must keep growing over all owners
  const give = sqlite.prepare(
    `update ${partitions} set host_id = null where type = ? and partition = ? and host_id = ? and epoch = ?`,
  );
  const giveAll = sqlite.prepare(`update ${partitions} set host_id = null where host_id = ?`);
  const dropHost = sqlite.prepare(`delete from ${hosts} where host_id = ?`);

  const table = (): OwnershipTable => ({
    hosts: aliveHosts.all(clock.now()).map((found) => ({
      id: String(found['host_id']),
      appId: String(found['app_id']),
      address: String(found['address']),
      types: JSON.parse(String(found['types'])) as readonly string[],
    })),
    owned: owned.all(clock.now()).map((found) => ({
      type: String(found['type']),
      partition: Number(found['partition']),
      hostId: String(found['host_id']),
      epoch: Number(found['epoch']),
    })),
  });
  const lives = (hostId: unknown): boolean =>
    typeof hostId === 'string' && isAlive.get(hostId, clock.now()) !== undefined;

  return {
    isOwner({ type, partition, hostId, epoch }) {
      const found = row.get(type, partition);
      return found?.['host_id'] === hostId && found['epoch'] === epoch;
    },
    heartbeat: (host: ActorHost, leaseMs: number) =>
      written(() => {
        dropOthers.run(host.id, host.address, clock.now());
        putHost.run(host.id, host.appId, host.address, JSON.stringify(host.types), clock.now() + leaseMs);
        return table();
      }),
    claim: (host: ActorHost, type: string, wanted: readonly number[]) =>
      written(() => {
        if (!lives(host.id)) return [];
        return wanted.flatMap((partition): Fence[] => {
          const found = row.get(type, partition);
          if (lives(found?.['host_id'])) return [];
          const epoch = Number(found?.['epoch'] ?? 0) + 1;
          take.run(type, partition, host.id, epoch);
          return [{ type, partition, hostId: host.id, epoch }];
        });
      }),
    release: (fences: readonly Fence[]) =>
      written(() => {
        for (const { type, partition, hostId, epoch } of fences) give.run(type, partition, hostId, epoch);
      }),
    read: () => asked(table),
    leave: (hostId: string) =>
      written(() => {
        giveAll.run(hostId);
        dropHost.run(hostId);
      }),
  };
}
