import type { ComponentContext } from '#core/component.ts';
import { parseGoDuration } from '#core/duration.ts';
import { defineError } from '#core/errors.ts';
import { type SqlitePlace, sqlitePlace } from '#core/sqlite-place.ts';

export interface SqliteSettings {
  readonly place: SqlitePlace;
  readonly tableName: string;
  readonly metadataTableName: string;
  /** How long a write waits for other processes that write to the same file. */
  readonly busyTimeoutMs: number;
  readonly usesWal: boolean;
  /** 0 means that expired rows are left where they are; they are never read. */
  readonly cleanupIntervalMs: number;
}

export const sqliteSettingRefused = defineError(
  { code: 'ERR_COMPONENT_INIT', http: 500, grpc: 'FailedPrecondition' },
  (component: string, setting: string, why: string) => `component ${component}: metadata ${setting} ${why}`,
);

/** In the words of the reference, whose users look for them in logs. */
const connectionStringMissing = defineError(
  { code: 'ERR_COMPONENT_INIT', http: 500, grpc: 'FailedPrecondition' },
  () => 'missing connection string: say metadata connectionString, such as data.db or file:data.db',
);

/** Reads what upstream's component reads; keys are in lower case. Throws `sqliteSettingRefused`. */
export function sqliteSettings({ name, metadata }: ComponentContext): SqliteSettings {
  const refuse = (setting: string, why: string): Error => sqliteSettingRefused(name, setting, why);

  const identifier = (setting: string, fallback: string): string => {
    const text = metadata[setting.toLowerCase()] || fallback;
    if (!/^[A-Za-z0-9_]+$/.test(text)) throw refuse(setting, 'may hold letters, digits and _ only');
    return text;
  };

  const duration = (setting: string, text: string | undefined, fallbackMs: number): number => {
    if (text === undefined || text === '') return fallbackMs;
    const ms = /^-?\d+$/.test(text) ? Number(text) * 1000 : parseGoDuration(text);
    if (ms === undefined) throw refuse(setting, 'is not a duration such as 2s');
    return ms;
  };

  const text = metadata['connectionstring'] || metadata['url'] || '';
  if (text === '') throw connectionStringMissing();
  const place = sqlitePlace(text);
  if (typeof place === 'string') throw refuse('connectionString', place);
  if (duration('timeout', metadata['timeout'] || metadata['timeoutinseconds'], 20_000) < 1000)
    throw refuse('timeout', 'must be 1s or more');
  return {
    place,
    tableName: identifier('tableName', 'state'),
    metadataTableName: identifier('metadataTableName', 'metadata'),
    busyTimeoutMs: Math.max(0, duration('busyTimeout', metadata['busytimeout'], 2000)),
    usesWal: !/^(y|yes|true|t|on|1)$/i.test(metadata['disablewal'] ?? '') && !place.isMemory && !place.isReadOnly,
    cleanupIntervalMs: Math.max(
      0,
      duration('cleanupInterval', metadata['cleanupinterval'] || metadata['cleanupintervalinseconds'], 0),
    ),
  };
}
