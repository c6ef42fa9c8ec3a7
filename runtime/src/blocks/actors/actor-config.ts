import { formatGoDuration, parsePeriod } from '#core/duration.ts';
import { bool, int, listOf, pointer, struct, text } from '#core/go-shape.ts';

/** How actors of one type are hosted. */
export interface ActorTypeConfig {
  readonly idleTimeoutMs: number;
  /** How long a running turn may continue when its actor moves to another host or the sidecar stops. */
  readonly drainTimeoutMs: number;
  /** False ends running turns at once instead. */
  readonly waitsForTurns: boolean;
  /** Undefined means that a call chain cannot enter an actor twice. */
  readonly maxStackDepth: number | undefined;
}

/** The app's configuration from `/dapr/config`. */
export interface ActorConfig {
  readonly types: ReadonlyMap<string, ActorTypeConfig>;
  /** Drain timeouts as the app configured them. */
  readonly drains: readonly DrainSetting[];
  /** Settings that could not be used, as sentences for the log. */
  readonly warnings: readonly string[];
}

interface DrainSetting {
  /** As the reference prints it in its log. */
  readonly source: string;
  readonly timeoutMs: number;
}

export const noActors: ActorConfig = { types: new Map(), drains: [], warnings: [] };

const defaults: ActorTypeConfig = {
  idleTimeoutMs: 3_600_000,
  drainTimeoutMs: 2000,
  waitsForTurns: true,
  maxStackDepth: undefined,
};
const defaultStackDepth = 32;

const entityConfig = {
  entities: listOf(text),
  actorIdleTimeout: text,
  drainOngoingCallTimeout: text,
  drainRebalancedActors: pointer(bool),
  reentrancy: struct('config.ReentrancyConfig', { enabled: bool, maxStackDepth: pointer(int) }),
  remindersStoragePartitions: int,
};
export const actorConfigShape = struct('config.ApplicationConfig', {
  ...entityConfig,
  entitiesConfig: listOf(struct('config.EntityConfig', entityConfig)),
});

/** Parses the response to `/dapr/config`. An invalid setting falls back to the default, with a warning. */
export function parseActorConfig(appConfig: unknown): ActorConfig {
  if (!isRecord(appConfig)) return { ...noActors, warnings: ['/dapr/config did not return a JSON object'] };
  const warnings: string[] = [];
  const drains: DrainSetting[] = [];
  const types = new Map<string, ActorTypeConfig>();
  const general = readSettings(appConfig, defaults, warnings);
  for (const type of names(appConfig.entities)) types.set(type, general);
  for (const entry of Array.isArray(appConfig.entitiesConfig) ? (appConfig.entitiesConfig as unknown[]) : []) {
    if (!isRecord(entry)) continue;
    const settings = readSettings(entry, general, warnings);
    if (entry.drainOngoingCallTimeout)
      drains.push({
        source: `entities=${names(entry.entities).join(',') || '<none>'}`,
        timeoutMs: settings.drainTimeoutMs,
      });
    // An entry configures types that `entities` lists; it does not host further ones.
    for (const type of names(entry.entities)) if (types.has(type)) types.set(type, settings);
  }
  if (appConfig.drainOngoingCallTimeout) drains.push({ source: 'global config', timeoutMs: general.drainTimeoutMs });
  return { types, drains, warnings };
}

/** The share of the limit that a clamped drain may take, as in the reference. */
const clampedShare = 0.8;

/**
 * The reference ends a placement dissemination after `limitMs`, so a drain has to be shorter than that. Longer ones are
 * clamped, with the reference's warning.
 */
export function withClampedDrains(config: ActorConfig, limitMs: number): ActorConfig {
  const clampedMs = Math.max(limitMs * clampedShare, defaults.drainTimeoutMs);
  const limit = formatGoDuration(limitMs);
  const warnings = config.drains
    .filter(({ timeoutMs }) => timeoutMs >= limitMs)
    .map(
      ({ source, timeoutMs }) =>
        `drainOngoingCallTimeout (${formatGoDuration(timeoutMs)}) for ${source} meets or exceeds the dissemination timeout (${limit}); clamping to ${formatGoDuration(clampedMs)} to avoid blocking placement dissemination`,
    );
  if (warnings.length === 0) return config;
  const clamped = (settings: ActorTypeConfig): ActorTypeConfig =>
    settings.drainTimeoutMs < limitMs ? settings : { ...settings, drainTimeoutMs: clampedMs };
  return {
    ...config,
    types: new Map(Array.from(config.types, ([type, settings]) => [type, clamped(settings)])),
    warnings: [...config.warnings, ...warnings],
  };
}

function readSettings(
  from: Readonly<Record<string, unknown>>,
  fallback: ActorTypeConfig,
  warnings: string[],
): ActorTypeConfig {
  const milliseconds = (key: string, defaultMs: number, minMs: number): number => {
    const text = from[key];
    if (text === undefined || text === null || text === '') return defaultMs;
    const period = typeof text === 'string' ? parsePeriod(text) : undefined;
    const ms = period === undefined ? Number.NaN : period.ms + period.days * 86_400_000;
    if (ms >= minMs) return ms;
    warnings.push(`${key} ${JSON.stringify(text)} of /dapr/config is not a duration; ${defaultMs} ms is used`);
    return defaultMs;
  };
  return {
    idleTimeoutMs: milliseconds('actorIdleTimeout', fallback.idleTimeoutMs, Number.MIN_VALUE),
    drainTimeoutMs: milliseconds('drainOngoingCallTimeout', fallback.drainTimeoutMs, 0),
    waitsForTurns:
      typeof from.drainRebalancedActors === 'boolean' ? from.drainRebalancedActors : fallback.waitsForTurns,
    maxStackDepth: isRecord(from.reentrancy) ? stackDepth(from.reentrancy) : fallback.maxStackDepth,
  };
}

function stackDepth(reentrancy: Readonly<Record<string, unknown>>): number | undefined {
  if (reentrancy.enabled !== true) return undefined;
  return typeof reentrancy.maxStackDepth === 'number' && reentrancy.maxStackDepth > 0
    ? reentrancy.maxStackDepth
    : defaultStackDepth;
}

function names(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string' && name !== '') : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
