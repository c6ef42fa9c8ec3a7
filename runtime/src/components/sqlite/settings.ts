import { type SettingsReader, componentSettingInvalid, settingsReader } from '#core/component-settings.ts';
import type { ComponentContext } from '#core/component.ts';
import { defineError } from '#core/errors.ts';
import { type SqliteLocation, parseSqliteLocation } from '#core/sqlite-location.ts';

export interface SqliteSettings {
  readonly location: SqliteLocation;
  readonly tableName: string;
  readonly metadataTableName: string;
  /** How long a write waits for other processes that write to the same file. */
  readonly busyTimeoutMs: number;
  readonly usesWal: boolean;
  /** 0: expired rows are not removed; they are never read. */
  readonly cleanupIntervalMs: number;
}

/** Begins with upstream's text, which users search for in logs. */
const connectionStringMissing = defineError(
  { code: 'ERR_COMPONENT_INIT', http: 500, grpc: 'FailedPrecondition' },
  () => 'missing connection string: set metadata connectionString, such as data.db or file:data.db',
);

/** Reads upstream's metadata. Throws `componentSettingInvalid`. A duration without a unit is seconds. */
export function sqliteSettings(context: Pick<ComponentContext, 'metadata' | 'name'>): SqliteSettings {
  const read = settingsReader(context, { bareDuration: 'seconds' });
  const text = read.text(read.nameOf('connectionString', 'url'));
  if (text === '') throw connectionStringMissing();
  const location = parseSqliteLocation(text);
  if (typeof location === 'string') throw componentSettingInvalid(context.name, `connectionString ${location}`);
  const timeout = read.nameOf('timeout', 'timeoutInSeconds');
  if ((read.duration(timeout) ?? 20_000) < 1000) throw read.invalid(timeout, '1s or more');
  const cleanupInterval = read.nameOf('cleanupInterval', 'cleanupIntervalInSeconds');
  return {
    location,
    tableName: tableNameOf(read, 'tableName', 'state'),
    metadataTableName: tableNameOf(read, 'metadataTableName', 'metadata'),
    busyTimeoutMs: Math.max(0, read.duration('busyTimeout', { min: -Infinity }) ?? 2000),
    usesWal: !read.isTruthy('disableWAL') && !location.isMemory && !location.isReadOnly,
    cleanupIntervalMs: Math.max(0, read.duration(cleanupInterval, { min: -Infinity }) ?? 0),
  };
}

function tableNameOf(read: SettingsReader, entry: string, fallback: string): string {
  const name = read.text(entry, fallback);
  if (!/^[A-Za-z0-9_]+$/.test(name)) throw read.invalid(entry, 'a name with a-z, A-Z, 0-9 and _ only');
  return name;
}
