import { weightOf } from '#blocks/actors/partition.ts';
import type { ActorHost, OwnershipTable } from '#blocks/actors/ports.ts';

export interface OwnershipRow {
  readonly host: ActorHost;
  readonly epoch: number;
}

/** One read of the ownership table, indexed for lookups. */
export class PlacementTable {
  readonly hosts: readonly ActorHost[];
  readonly #rows = new Map<string, (OwnershipRow | undefined)[]>();
  readonly #offers = new Map<string, ActorHost[]>();

  constructor(table: OwnershipTable) {
    this.hosts = table.hosts;
    const byId = new Map(table.hosts.map((host) => [host.id, host]));
    for (const { type, partition, hostId, epoch } of table.owned) {
      const host = byId.get(hostId);
      if (!host) continue;
      let rows = this.#rows.get(type);
      if (!rows) this.#rows.set(type, (rows = []));
      rows[partition] = { host, epoch };
    }
    for (const host of table.hosts)
      for (const type of host.types) {
        const offers = this.#offers.get(type);
        if (offers) offers.push(host);
        else this.#offers.set(type, [host]);
      }
  }

  /** Undefined when no living host owns it. */
  ownerOf(type: string, partition: number): OwnershipRow | undefined {
    return this.#rows.get(type)?.[partition];
  }

  /** Whether the host is alive, or another process at its address. */
  hasHost({ id, address }: ActorHost): boolean {
    return this.hosts.some((host) => host.id === id || host.address === address);
  }

  hostsOf(type: string): readonly ActorHost[] {
    return this.#offers.get(type) ?? [];
  }

  /** The host that should own it. Determined by address, so that a restarted host gets its partitions back. */
  preferredHostOf(type: string, partition: number): ActorHost | undefined {
    let preferred: ActorHost | undefined;
    let most = -1;
    for (const host of this.hostsOf(type)) {
      const weight = weightOf(host.address, type, partition);
      if (weight > most || (weight === most && preferred && host.address < preferred.address)) {
        preferred = host;
        most = weight;
      }
    }
    return preferred;
  }

  /** For messages: `cart at 10.0.0.1:3501 hosts cart, visitor; …`. */
  describe(): string {
    if (this.hosts.length === 0) return 'no host is alive';
    return this.hosts.map((host) => `${host.appId} at ${host.address} hosts ${host.types.join(', ')}`).join('; ');
  }
}
