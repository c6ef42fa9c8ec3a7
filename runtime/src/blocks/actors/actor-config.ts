import { parsePeriod } from '#core/duration.ts';
import { bool, int, listOf, pointer, struct, text } from '#core/go-shape.ts';

/** How actors of one type are hosted. */
export interface ActorTypeConfig {
  readonly idleTimeoutMs: number;
  /** How long a turn under way may go on when its actor moves to another host or the sidecar stops. */
  readonly drainTimeoutMs: number;
  /** False ends turns under way at once instead. */
  readonly waitsForTurns: boolean;
  /** Undefined means that a call chain cannot enter an actor twice. */
  readonly maxStackDepth: number | undefined;
}

/** What an app said at `/dapr/config`. */
export interface ActorConfig {
  readonly types: ReadonlyMap<string, ActorTypeConfig>;
  /** What was given and could not be used, as sentences for the log. */
  readonly complaints: readonly string[];
}

export const noActors: ActorConfig = { types: new Map(), complaints: [] };

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

/** Reads the answer to `/dapr/config`. What is not understood falls back to the default and is complained about. */
export function parseActorConfig(answer: unknown): ActorConfig {
  if (!isRecord(answer)) return { types: new Map(), complaints: ['/dapr/config did not answer with a JSON object'] };
  const complaints: string[] = [];
  const types = new Map<string, ActorTypeConfig>();
  const general = readSettings(answer, defaults, complaints);
  for (const type of names(answer.entities)) types.set(type, general);
  for (const entry of Array.isArray(answer.entitiesConfig) ? (answer.entitiesConfig as unknown[]) : []) {
    if (!isRecord(entry)) continue;
    const settings = readSettings(entry, general, complaints);
    // An entry configures types that `entities` lists; it hosts none by itself.
    for (const type of names(entry.entities)) if (types.has(type)) types.set(type, settings);
  }
  return { types, complaints };
}

function readSettings(
  from: Readonly<Record<string, unknown>>,
  fallback: ActorTypeConfig,
  complaints: string[],
): ActorTypeConfig {
  const milliseconds = (key: string, otherwise: number): number => {
    const text = from[key];
    if (text === undefined || text === null || text === '') return otherwise;
    const period = typeof text === 'string' ? parsePeriod(text) : undefined;
    const ms = period === undefined ? Number.NaN : period.ms + period.days * 86_400_000;
    if (ms > 0) return ms;
    complaints.push(`${key} ${JSON.stringify(text)} of /dapr/config is no duration; ${otherwise} ms is used`);
    return otherwise;
  };
  return {
    idleTimeoutMs: milliseconds('actorIdleTimeout', fallback.idleTimeoutMs),
    drainTimeoutMs: milliseconds('drainOngoingCallTimeout', fallback.drainTimeoutMs),
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
