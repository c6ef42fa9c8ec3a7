import type { Random } from '#core/random.ts';
import type { Clock } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { NameAnnouncer, NameResolver, PeerAddress } from '#blocks/invoke/peers.ts';
import { registryUnreadable } from './errors.ts';
import type { RegistryEntry } from './registry-entry.ts';
import { folderVersion, openFolder, readEntries, removeEntry, writeEntry } from './registry-folder.ts';

export interface RegistryNamesOptions {
  /** Sidecars that share the folder find each other; others do not. Made when it is not there. */
  readonly folder: string;
  /** The namespace meant when none is named. */
  readonly namespace: string;
  /** Of the process that listens. */
  readonly pid: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The folder is looked at this often at most; a restarted sidecar is found after so long without a failed call. */
const freshMs = 100;
/** Folders changed this recently are read again. */
const grainMs = 50;
/** An address that did not answer is passed over for so long, while there are others. */
const avoidMs = 2_000;

/** Zero-config names on one machine: a folder with one small file per running sidecar. */
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
        // a change within the file system's own grain of time would look like no change at all
        version = now !== undefined && clock.now() - now > grainMs ? now : undefined;
      }
      checkedAt = clock.monotonic();
    } catch (cause) {
      throw withCause(registryUnreadable(folder, textOf(cause)), cause);
    }
  };

  /** The next in turn, of those that are not avoided if there are any. */
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
      // who names no namespace finds the app wherever on this machine it is, as with upstream's default
      const addresses = table.get(key) ?? (namespace === '' ? table.get(nameKey(anywhere, appId)) : undefined);
      if (addresses) return pick(key, addresses);
      turns.delete(key);
      return undefined;
    },

    forget(_appId, _namespace, address) {
      const now = clock.monotonic();
      for (const [old, until] of avoided) if (until <= now) avoided.delete(old);
      avoided.set(address, now + avoidMs);
      // its process may have died without a trace in the folder: the files must be read again, not only looked for
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
      // two cannot listen at one address: whoever announced it before is gone, even if its process number lives on
      for (const other of present) if (other.address === entry.address) await removeEntry(folder, other);
      if (announced) await removeEntry(folder, announced);
      await writeEntry(folder, entry);
      announced = entry;
      log.debug({ appId: entry.appId, address: entry.address, folder }, 'this sidecar can be found');
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

/** No namespace is called so. */
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
