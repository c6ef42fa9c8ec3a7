import type { ActorHost, Fence, OwnershipStore, OwnershipTable } from '#blocks/actors/ports.ts';
import { type ActorKeys, ownerValue, partitionField } from './actor-keys.ts';
import type { RedisLink } from './connection.ts';
import { claimPartitions, heartbeat, leaveHosts, readTable, releasePartitions } from './ownership-scripts.ts';
import { runScript } from './script.ts';

/**
 * Leases and epochs, by the server's clock. `heartbeats` is a connection for commands that must not wait behind large writes.
 * It may repeat a heartbeat: then the lease begins at the second one, while the host counts from the first.
 */
export function redisOwnership(
  links: { readonly link: RedisLink; readonly heartbeats: RedisLink },
  names: ActorKeys,
): OwnershipStore {
  const { link, heartbeats } = links;
  const keys = [names.hosts, names.leases, names.owners, names.epochs];

  return {
    async heartbeat({ id, appId, address, types }, leaseMs) {
      const values = [id, JSON.stringify([appId, address, types]), address, leaseMs];
      return tableOf(await heartbeats.read((client) => runScript(client, heartbeat, keys, values)));
    },
    async claim(host, type, requested) {
      const fields = [...new Set(requested)].map((partition) => partitionField({ type, partition }));
      if (fields.length === 0) return [];
      const taken = await link.write((client) => runScript(client, claimPartitions, keys, [host.id, ...fields]));
      return pairsOf(taken).map(([field, epoch]): Fence => ({
        ...partitionOf(field),
        hostId: host.id,
        epoch: Number(epoch),
      }));
    },
    async release(fences) {
      if (fences.length === 0) return;
      const values = fences.flatMap((fence) => [partitionField(fence), ownerValue(fence)]);
      await link.write((client) => runScript(client, releasePartitions, keys, values));
    },
    read: async () => tableOf(await heartbeats.read((client) => runScript(client, readTable, keys, []))),
    leave: async (hostId) => void (await link.write((client) => runScript(client, leaveHosts, keys, [hostId]))),
  };
}

function tableOf(reply: unknown): OwnershipTable {
  const [hosts, owned] = reply as readonly [unknown, unknown];
  return {
    hosts: pairsOf(hosts).map(([id, text]): ActorHost => {
      const [appId, address, types] = JSON.parse(text) as [string, string, readonly string[]];
      return { id, appId, address, types };
    }),
    owned: pairsOf(owned).map(([field, owner]) => {
      const space = owner.indexOf(' ');
      return { ...partitionOf(field), hostId: owner.slice(space + 1), epoch: Number(owner.slice(0, space)) };
    }),
  };
}

/** The reverse of `partitionField`. */
function partitionOf(field: string): { readonly type: string; readonly partition: number } {
  const space = field.indexOf(' ');
  return { type: field.slice(space + 1), partition: Number(field.slice(0, space)) };
}

/** The pairs in the flat list that a script returned. */
function pairsOf(reply: unknown): readonly (readonly [string, string])[] {
  const flat = reply as readonly (string | number)[];
  return Array.from({ length: flat.length / 2 }, (_, at) => [String(flat[at * 2]), String(flat[at * 2 + 1])] as const);
}
