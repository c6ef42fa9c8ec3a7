import { parseGoDuration } from '#core/duration.ts';
import { parseSqliteLocation } from '#core/sqlite-location.ts';
import type { SqliteNameSettings } from '#cluster/names/sqlite-names.ts';
import { configInvalid } from '#host/errors.ts';

/** The settings of `nameResolution`, with names matched case-insensitively. Throws `configInvalid`. */
export function nameSettings(component: string, configuration: Readonly<Record<string, unknown>>) {
  const values = new Map(
    Object.entries(configuration).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
    ]),
  );
  const invalid = (name: string, why: string): Error =>
    configInvalid(`nameResolution ${component}: configuration.${name} ${why}`);
  const text = (name: string): string => values.get(name.toLowerCase()) ?? '';
  const required = (name: string): string => {
    if (text(name) === '') throw invalid(name, 'is missing');
    return text(name);
  };
  const duration = (name: string, fallbackMs: number): number => {
    const value = text(name);
    if (value === '') return fallbackMs;
    const ms = /^-?\d+$/.test(value) ? Number(value) * 1000 : parseGoDuration(value);
    if (ms === undefined) throw invalid(name, 'is not a duration such as 5s');
    return ms;
  };
  const identifier = (name: string, fallback: string): string => {
    const value = text(name) || fallback;
    if (!/^[A-Za-z0-9_]+$/.test(value)) throw invalid(name, 'may hold letters, digits and _ only');
    return value;
  };

  const sqlite = (): SqliteNameSettings => {
    const location = parseSqliteLocation(required('connectionString'));
    if (typeof location === 'string') throw invalid('connectionString', location);
    const timeoutMs = duration('timeout', 1000);
    const updateIntervalMs = duration('updateInterval', 5000);
    if (timeoutMs < 100) throw invalid('timeout', 'must be 100ms or more');
    if (updateIntervalMs < 1000 || updateIntervalMs <= timeoutMs)
      throw invalid('updateInterval', 'must be 1s or more, and longer than timeout');
    return {
      location,
      usesWal: !location.isMemory && !/^(y|yes|true|t|on|1)$/i.test(text('disableWAL')),
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
