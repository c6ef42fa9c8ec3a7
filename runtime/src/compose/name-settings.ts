import { parseGoDuration } from '#core/duration.ts';
import { sqlitePlace } from '#core/sqlite-place.ts';
import type { SqliteNameSettings } from '#cluster/names/sqlite-names.ts';
import { configRefused } from '#host/errors.ts';

/** What a configuration says of `nameResolution`, its names matched without regard to case. Throws `configRefused`. */
export function nameSettings(component: string, configuration: Readonly<Record<string, unknown>>) {
  const values = new Map(
    Object.entries(configuration).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
    ]),
  );
  const refuse = (name: string, why: string): Error =>
    configRefused(`nameResolution ${component}: configuration.${name} ${why}`);
  const text = (name: string): string => values.get(name.toLowerCase()) ?? '';
  const required = (name: string): string => {
    if (text(name) === '') throw refuse(name, 'is missing');
    return text(name);
  };
  const duration = (name: string, fallbackMs: number): number => {
    const given = text(name);
    if (given === '') return fallbackMs;
    const ms = /^-?\d+$/.test(given) ? Number(given) * 1000 : parseGoDuration(given);
    if (ms === undefined) throw refuse(name, 'is not a duration such as 5s');
    return ms;
  };
  const identifier = (name: string, fallback: string): string => {
    const given = text(name) || fallback;
    if (!/^[A-Za-z0-9_]+$/.test(given)) throw refuse(name, 'may hold letters, digits and _ only');
    return given;
  };

  const sqlite = (): SqliteNameSettings => {
    const place = sqlitePlace(required('connectionString'));
    if (typeof place === 'string') throw refuse('connectionString', place);
    const timeoutMs = duration('timeout', 1000);
    const updateIntervalMs = duration('updateInterval', 5000);
    if (timeoutMs < 100) throw refuse('timeout', 'must be 100ms or more');
    if (updateIntervalMs < 1000 || updateIntervalMs <= timeoutMs)
      throw refuse('updateInterval', 'must be 1s or more, and longer than timeout');
    return {
      place,
      usesWal: !place.isMemory && !/^(y|yes|true|t|on|1)$/i.test(text('disableWAL')),
      tableName: identifier('tableName', 'hosts'),
      metadataTableName: identifier('metadataTableName', 'metadata'),
      updateIntervalMs,
      timeoutMs,
      busyTimeoutMs: Math.max(0, duration('busyTimeout', 800)),
      cleanupIntervalMs: Math.max(0, duration('cleanupInterval', 3_600_000)),
    };
  };

  return { text, required, sqlite, metadata: Object.fromEntries(values) };
}
