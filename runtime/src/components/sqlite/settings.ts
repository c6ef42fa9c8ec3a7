import type { ComponentContext } from '#core/component.ts';
import { parseGoDuration } from '#core/duration.ts';
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

export const sqliteSettingInvalid = defineError(
  { code: 'ERR_COMPONENT_INIT', http: 500, grpc: 'FailedPrecondition' },
  (component: string, setting: string, why: string) => `component ${component}: metadata ${setting} ${why}`,
);

/** Begins with upstream's text, which users search for in logs. */
const connectionStringMissing = defineError(
  { code: 'ERR_COMPONENT_INIT', http: 500, grpc: 'FailedPrecondition' },
  () => 'missing connection string: set metadata connectionString, such as data.db or file:data.db',
);

/** Reads what upstream's component reads; keys are in lower case. Throws `sqliteSettingInvalid`. */
export function sqliteSettings({ name, metadata }: ComponentContext): SqliteSettings {
  const invalid = (setting: string, why: string): Error => sqliteSettingInvalid(name, setting, why);

  const identifier = (setting: string, fallback: string): string => {
    const text = metadata[setting.toLowerCase()] || fallback;
    if (!/^[A-Za-z0-9_]+$/.test(text)) throw invalid(setting, 'may hold letters, digits and _ only');
    return text;
  };

  const duration = (setting: string, text: string | undefined, fallbackMs: number): number => {
    if (text === undefined || text === '') return fallbackMs;
    const ms = /^-?\d+$/.test(text) ? Number(text) * 1000 : parseGoDuration(text);
    if (ms === undefined) throw invalid(setting, 'is not a duration such as 2s');
    return ms;
  };

  const text = metadata['connectionstring'] || metadata['url'] || '';
  if (text === '') throw connectionStringMissing();
  const location = parseSqliteLocation(text);
  if (typeof location === 'string') throw invalid('connectionString', location);
  if (duration('timeout', metadata['timeout'] || metadata['timeoutinseconds'], 20_000) < 1000)
    throw invalid('timeout', 'must be 1s or more');
  return {
    location,
    tableName: identifier('tableName', 'state'),
    metadataTableName: identifier('metadataTableName', 'metadata'),
    busyTimeoutMs: Math.max(0, duration('busyTimeout', metadata['busytimeout'], 2000)),
    usesWal: !/^(y|yes|true|t|on|1)$/i.test(metadata['disablewal'] ?? '') && !location.isMemory && !location.isReadOnly,
    cleanupIntervalMs: Math.max(
      0,
      duration('cleanupInterval', metadata['cleanupinterval'] || metadata['cleanupintervalinseconds'], 0),
    ),
  };
}
