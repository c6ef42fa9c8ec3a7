import type { ActorHost, Fence, OwnershipStore, OwnershipTable } from '#blocks/actors/ports.ts';
import { floatArray, intArray, textArray } from './binary-array.ts';
import type { Connection, Row } from './connection.ts';
import type { ActorTableNames } from './migration.ts';

/**
 * Leases and epochs in two tables, by the database's clock. `heartbeats` is a connection for statements that must not wait;
 * statements on `claims` may wait for writes under an old epoch.
 */
export function postgresOwnership(
  connections: { readonly heartbeats: Connection; readonly claims: Connection },
  tables: ActorTableNames,
): OwnershipStore {
  const { heartbeats, claims } = connections;
  const statements = ownershipStatements(tables);

  return {
    async heartbeat(host, leaseMs) {
      const { id, appId, address, types } = host;
      return tableOf(await heartbeats.run(statements.heartbeat, [id, appId, address, textArray(types), leaseMs]));
    },
    async claim(host, type, requested) {
      const rows = await claims.run(statements.claim, [type, host.id, intArray([...new Set(requested)])]);
      return rows.map(([partition, epoch]): Fence => ({
        type,
        partition: Number(partition),
        hostId: host.id,
        epoch: Number(epoch),
      }));
    },
    async release(fences) {
      if (fences.length === 0) return;
      await claims.run(statements.release, [
        textArray(fences.map((fence) => fence.type)),
        intArray(fences.map((fence) => fence.partition)),
        textArray(fences.map((fence) => fence.hostId)),
        floatArray(fences.map((fence) => fence.epoch)),
      ]);
    },
    read: async () => tableOf(await heartbeats.run(statements.read, [])),
    leave: async (hostId) => void (await claims.run(statements.leave, [hostId])),
  };
}

function ownershipStatements({ hosts, partitions }: ActorTableNames) {
  const named = (name: string, text: string): { name: string; text: string } => ({ name: `ownership-${name}`, text });

  const asJson = (livingHosts: string): string => `select json_build_object(
      'hosts', (select coalesce(json_agg(json_build_array(host_id, app_id, address, types) order by host_id), '[]') from ${livingHosts}),
      'owned', (select coalesce(json_agg(json_build_array(p.type, p.partition, p.host_id, p.epoch) order by p.type, p.partition), '[]')
        from ${partitions} p join ${livingHosts} l using (host_id)))::text`;

  const read = named('read', `with living as (select * from ${hosts} where lease_until > now()) ${asJson('living')}`);

  // A statement sees the tables as they were before it, so its own changes are added by hand. Rows locked by the heartbeat
  // of another host are skipped: two hosts that remove each other must not wait for each other.
  const heartbeat = named(
    'heartbeat',
    `with removed as (
        delete from ${hosts} where host_id in (
          select host_id from ${hosts}
          where host_id <> $1 and (address = $3 or lease_until <= now()) for update skip locked
        ) returning host_id
      ),
      me as (
        insert into ${hosts} (host_id, app_id, address, types, lease_until)
          values ($1, $2, $3, $4::text[], now() + $5::float8 * interval '1 millisecond')
        on conflict (host_id) do update set app_id = excluded.app_id, address = excluded.address,
          types = excluded.types, lease_until = excluded.lease_until
        returning host_id, app_id, address, types
      ),
      living as (
        select host_id, app_id, address, types from ${hosts}
          where lease_until > now() and host_id <> $1 and host_id not in (select host_id from removed)
        union all select * from me
      )
      ${asJson('living')}`,
  );

  // The row is locked before its conditions are evaluated, which waits for writes in flight. The tables in the conditions
  // are seen as of before that wait: an epoch that has changed meanwhile means that another host was faster.
  const claim = named(
    'claim',
    `insert into ${partitions} as p (type, partition, host_id, epoch)
      select $1, requested, $2, 1 from unnest($3::integer[]) as requested
        where exists (select 1 from ${hosts} h where h.host_id = $2 and h.lease_until > now())
        order by requested
      on conflict (type, partition) do update set host_id = excluded.host_id, epoch = p.epoch + 1
        where not exists (select 1 from ${hosts} h where h.host_id = p.host_id and h.lease_until > now())
          and p.epoch = (select before.epoch from ${partitions} before where before.type = p.type and before.partition = p.partition)
      returning p.partition, p.epoch`,
  );

  const release = named(
    'release',
    `with mine as (
        select p.type, p.partition from ${partitions} p
        join unnest($1::text[], $2::integer[], $3::text[], $4::float8[]) as f (type, partition, host_id, epoch)
          on p.type = f.type and p.partition = f.partition
        where p.host_id = f.host_id and p.epoch = f.epoch::bigint
        order by p.type, p.partition for update of p
      )
      update ${partitions} p set host_id = null from mine where p.type = mine.type and p.partition = mine.partition`,
  );

  const leave = named(
    'leave',
    `with removed as (delete from ${hosts} where host_id = $1),
      mine as (select type, partition from ${partitions} where host_id = $1 order by type, partition for update)
      update ${partitions} p set host_id = null from mine where p.type = mine.type and p.partition = mine.partition`,
  );

  return { read, heartbeat, claim, release, leave };
}

interface TableJson {
  readonly hosts: readonly [id: string, appId: string, address: string, types: readonly string[]][];
  readonly owned: readonly [type: string, partition: number, hostId: string, epoch: number][];
}

function tableOf(rows: readonly Row[]): OwnershipTable {
  const json = JSON.parse(rows[0]?.[0] ?? '{"hosts":[],"owned":[]}') as TableJson;
  return {
    hosts: json.hosts.map(([id, appId, address, types]): ActorHost => ({ id, appId, address, types })),
    owned: json.owned.map(([type, partition, hostId, epoch]) => ({ type, partition, hostId, epoch })),
  };
}
