import { DatabaseSync } from 'node:sqlite';
import type { Random } from '#core/random.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { SqliteLocation } from '#core/sqlite-location.ts';
import type { NameAnnouncer, NameResolver, PeerAddress } from '#blocks/invoke/peers.ts';
import { nameDatabaseUnusable } from './errors.ts';

/** The settings of this registry. */
export interface SqliteNameSettings {
  readonly location: SqliteLocation;
  readonly usesWal: boolean;
  readonly tableName: string;
  readonly metadataTableName: string;
  /** A sidecar without a heartbeat for this time is ignored. */
  readonly updateIntervalMs: number;
  /** How much earlier than that a sidecar sends its heartbeat. */
  readonly timeoutMs: number;
  /** How long to wait for concurrent writers. */
  readonly busyTimeoutMs: number;
  /** 0 means that rows of dead sidecars stay. */
  readonly cleanupIntervalMs: number;
}

export interface SqliteNamesOptions extends SqliteNameSettings {
  /** The namespace to use when the caller names none. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Self {
  readonly appId: string;
  readonly namespace: string;
  readonly address: PeerAddress;
}

/** How long the thread itself blocks for another process; longer waits are made between statements. */
const shortWaitMs = 20;
const retryMs = 25;
/** An address that did not respond is avoided for this time, while there are others. */
const avoidMs = 2000;

/** Names in one SQLite file, in the table of the reference: its sidecars and ours find each other there. */
export async function sqliteNames(options: SqliteNamesOptions): Promise<NameResolver & NameAnnouncer> {
  const { clock, random, log } = options;
  const database = opened(options);
  const stopping = new AbortController();

  const retryWhileBusy = <T>(work: () => T): Promise<T> => retriedWhileBusy(work, options);

  await retryWhileBusy(() => database.exec(schema(options)));
  const { find, put, renew, rejoin, remove, claimCleanup, cleanUp } = preparedStatements(database, options);

  const seconds = (): number => Math.floor(clock.now() / 1000);
  const staleAt = (): number => seconds() - Math.floor(options.updateIntervalMs / 1000);
  const avoided = new Map<PeerAddress, number>();
  let announced: { readonly id: string; readonly self: Self } | undefined;

  const heartbeat = async (): Promise<void> => {
    if (!announced) return;
    const { id, self } = announced;
    const row = [id, self.address, self.appId, self.namespace, seconds()] as const;
    const isRegistered = await retryWhileBusy(
      () => renew.run(seconds(), id, self.address).changes > 0 || rejoin.run(...row).changes > 0,
    );
    if (!isRegistered)
      log.error({ address: self.address }, 'host registration lost: another sidecar has taken this address');
    const { cleanupIntervalMs } = options;
    if (cleanupIntervalMs <= 0) return;
    const before = seconds() - cleanupIntervalMs / 1000;
    await retryWhileBusy(() => claimCleanup.run(seconds(), before).changes > 0 && cleanUp.run(staleAt()));
  };

  const scheduleHeartbeat = (): void => {
    const everyMs = Math.max(500, options.updateIntervalMs - options.timeoutMs);
    const cancel = clock.after(everyMs, () => {
      stopping.signal.removeEventListener('abort', cancel);
      void heartbeat()
        .catch((cause: unknown) => log.warn({ error: textOf(cause) }, 'renewing the registration failed, will retry'))
        .then(() => {
          if (!stopping.signal.aborted) scheduleHeartbeat();
        });
    });
    stopping.signal.addEventListener('abort', cancel, { once: true });
  };

  const withdraw = async (): Promise<void> => {
    const withdrawn = announced;
    announced = undefined;
    if (withdrawn && database.isOpen) await retryWhileBusy(() => remove.run(withdrawn.id));
  };

  return {
    async resolve(_call, appId, namespace) {
      const rows = await retryWhileBusy(() => find.all(appId, namespace || options.namespace, staleAt()));
      const addresses = rows.map((row) => String(row['address']));
      const now = clock.monotonic();
      const preferred = addresses.filter((address) => !((avoided.get(address) ?? 0) > now));
      const choice = preferred.length > 0 ? preferred : addresses;
      return choice[Math.floor(random.random() * choice.length)];
    },
    forget(_appId, _namespace, address) {
      const now = clock.monotonic();
      for (const [old, until] of avoided) if (until <= now) avoided.delete(old);
      avoided.set(address, now + avoidMs);
    },
    async announce({ appId, namespace, address }) {
      const isFirst = announced === undefined;
      const self = { appId, namespace: namespace || options.namespace, address };
      const id = announced?.id ?? random.uuid();
      // the previous owner of this address has stopped: two cannot listen there
      await retryWhileBusy(() => put.run(id, address, appId, self.namespace, seconds()));
      announced = { id, self };
      if (isFirst) scheduleHeartbeat();
    },
    withdraw,
    async close() {
      stopping.abort();
      await withdraw();
      if (database.isOpen) database.close();
    },
  };
}

/** Waits between attempts while another process has locked the file, up to the busy timeout. */
async function retriedWhileBusy<T>(
  work: () => T,
  { busyTimeoutMs, location, clock }: Pick<SqliteNamesOptions, 'busyTimeoutMs' | 'location' | 'clock'>,
): Promise<T> {
  const deadline = clock.monotonic() + busyTimeoutMs;
  for (;;) {
    try {
      return work();
    } catch (cause) {
      if (!isBusy(cause) || clock.monotonic() >= deadline)
        throw withCause(nameDatabaseUnusable(location.path, textOf(cause)), cause);
    }
    await sleep(clock, retryMs);
  }
}

function preparedStatements(database: DatabaseSync, { tableName: hosts, metadataTableName }: SqliteNamesOptions) {
  const find = database.prepare(`select address from ${hosts} where app_id = ? and namespace = ? and last_update > ?`);
  const put = database.prepare(
    `replace into ${hosts} (registration_id, address, app_id, namespace, last_update) values (?, ?, ?, ?, ?)`,
  );
  const renew = database.prepare(`update ${hosts} set last_update = ? where registration_id = ? and address = ?`);
  const rejoin = database.prepare(
    `insert into ${hosts} (registration_id, address, app_id, namespace, last_update) values (?, ?, ?, ?, ?)
      on conflict do nothing`,
  );
  const remove = database.prepare(`delete from ${hosts} where registration_id = ?`);
  const claimCleanup = database.prepare(
    `insert into ${metadataTableName} (key, value) values ('nr-last-cleanup', datetime(?, 'unixepoch'))
      on conflict (key) do update set value = excluded.value where unixepoch(value) < ?`,
  );
  const cleanUp = database.prepare(`delete from ${hosts} where last_update <= ?`);
  return { find, put, renew, rejoin, remove, claimCleanup, cleanUp };
}

function opened({ location, usesWal }: SqliteNamesOptions): DatabaseSync {
  try {
    const database = new DatabaseSync(location.path, { timeout: shortWaitMs });
    if (usesWal) database.exec('pragma journal_mode = wal');
    for (const pragma of location.pragmas) database.exec(`pragma ${pragma}`);
    return database;
  } catch (cause) {
    throw withCause(nameDatabaseUnusable(location.path, textOf(cause)), cause);
  }
}

function schema({ tableName, metadataTableName }: SqliteNamesOptions): string {
  return `
    create table if not exists ${metadataTableName} (key text not null primary key, value text not null);
    create table if not exists ${tableName} (
      registration_id TEXT NOT NULL PRIMARY KEY,
      address TEXT NOT NULL,
      app_id TEXT NOT NULL,
      namespace TEXT NOT NULL,
      last_update INTEGER NOT NULL
    );
    create unique index if not exists ${tableName}_address_idx on ${tableName} (address);
    create index if not exists ${tableName}_last_update_idx on ${tableName} (last_update);
    insert into ${metadataTableName} (key, value) values ('nr-migrations', '1') on conflict (key) do nothing`;
}

/** Another process has locked the file. */
function isBusy(cause: unknown): boolean {
  const code = cause instanceof Error && 'errcode' in cause ? cause.errcode : undefined;
  return typeof code === 'number' && ((code & 0xff) === 5 || (code & 0xff) === 6);
}
