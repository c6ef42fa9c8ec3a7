import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { NameAnnouncer, NameResolver, PeerAddress } from '#blocks/invoke/peers.ts';
import { registryUnreadable } from './errors.ts';
import type { RegistryEntry } from './registry-entry.ts';
import { folderVersion, openFolder, readEntries, removeEntry, writeEntry } from './registry-folder.ts';

export interface RegistryNamesOptions {
  /** Sidecars that share the folder find each other. Created when it does not exist. */
  readonly folder: string;
  /** The namespace to use when the caller names none. */
  readonly namespace: string;
  /** Of the listening process. */
  readonly pid: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The folder is checked at most this often; a restarted sidecar is found after this time without a failed call. */
const freshMs = 100;
/** Folders changed this recently are read again. */
const grainMs = 50;
/** An address that did not respond is avoided for this time, while there are others. */
const avoidMs = 2_000;

/** Zero-configuration names on one machine: a folder with one small file per running sidecar. */
export function registryNames(options: RegistryNamesOptions): NameResolver & NameAnnouncer {
  const { folder, namespace: defaultNamespace, pid, clock, random, log } = options;
  let table = new Map<string, readonly PeerAddress[]>();
  let version: number | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | undefined;
  let announced: RegistryEntry | undefined;
  const turns = new Map<string, number>();
  const avoided = new Map<PeerAddress, number>();

  const refresh = async (): Promise<void> => {
    try {
      const now = await folderVersion(folder);
      if (now === undefined || now !== version) {
        table = byName(await readEntries(folder));
        // a change within the resolution of the file system's timestamps would go unnoticed
        version = now !== undefined && clock.now() - now > grainMs ? now : undefined;
      }
      checkedAt = clock.monotonic();
    } catch (cause) {
      throw withCause(registryUnreadable(folder, textOf(cause)), cause);
    }
  };

  /** Round robin over the addresses that are not avoided, or over all when there are none. */
  const pick = (key: string, addresses: readonly PeerAddress[]): PeerAddress | undefined => {
    const now = clock.monotonic();
    const preferred =
      avoided.size === 0 ? addresses : addresses.filter((address) => !((avoided.get(address) ?? 0) > now));
    const choice = preferred.length > 0 ? preferred : addresses;
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    return choice[turn % choice.length];
  };

  return {
    async resolve(_call, appId, namespace) {
      if (clock.monotonic() - checkedAt >= freshMs) {
        refreshing ??= refresh().finally(() => (refreshing = undefined));
        await refreshing;
      }
      const key = nameKey(namespace || defaultNamespace, appId);
      // without a namespace the app is found in any namespace on this machine, as with upstream's default
      const addresses = table.get(key) ?? (namespace === '' ? table.get(nameKey(anywhere, appId)) : undefined);
      if (addresses) return pick(key, addresses);
      turns.delete(key);
      return undefined;
    },

    forget(_appId, _namespace, address) {
      const now = clock.monotonic();
      for (const [old, until] of avoided) if (until <= now) avoided.delete(old);
      avoided.set(address, now + avoidMs);
      // its process may have died without changing the folder: the files must be read again, not only checked
      version = undefined;
      checkedAt = Number.NEGATIVE_INFINITY;
    },

    async announce(self) {
      await openFolder(folder);
      const entry: RegistryEntry = {
        ...self,
        namespace: self.namespace || defaultNamespace,
        pid,
        instance: random.hex(4),
      };
      const present = await readEntries(folder);
      // two cannot listen at one address: the previous owner has stopped, even if its process id is in use
      for (const other of present) if (other.address === entry.address) await removeEntry(folder, other);
      if (announced) await removeEntry(folder, announced);
      await writeEntry(folder, entry);
      announced = entry;
      log.debug({ appId: entry.appId, address: entry.address, folder }, 'sidecar registered');
    },

    async withdraw() {
      const entry = announced;
      announced = undefined;
      if (entry) await removeEntry(folder, entry);
    },

    async close() {
      await this.withdraw();
    },
  };
}

/** Not a valid namespace. */
const anywhere = '*';

function nameKey(namespace: string, appId: string): string {
  return `${namespace}/${appId}`;
}

function byName(entries: readonly RegistryEntry[]): Map<string, readonly PeerAddress[]> {
  const table = new Map<string, PeerAddress[]>();
  for (const { namespace, appId, address } of entries)
    for (const key of [nameKey(namespace, appId), nameKey(anywhere, appId)]) {
      const addresses = table.get(key);
      if (addresses) addresses.push(address);
      else table.set(key, [address]);
    }
  return table;
}
