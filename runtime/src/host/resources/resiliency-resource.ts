import { parseGoDuration } from '#core/duration.ts';
import type {
  ActorTarget,
  AppTarget,
  Backoff,
  BreakerRule,
  CodeRange,
  PolicyNames,
  ResiliencyResource,
  RetryRule,
} from '#core/resiliency-resource.ts';
import { resourceInvalid } from '../errors.ts';
import type { YamlValue } from './yaml-reader.ts';

/** Reads a Resiliency document. Throws `resourceInvalid` with file and line. */
export function resiliencyOf(document: YamlValue): ResiliencyResource {
  const metadata = document.at('metadata');
  const name = metadata?.at('name')?.text() ?? '';
  if (name === '') throw resourceInvalid(document.location, 'metadata.name is missing');
  const spec = document.at('spec');
  const policies = spec?.at('policies');
  const targets = spec?.at('targets');
  return {
    name,
    namespace: metadata?.at('namespace')?.text() ?? '',
    timeouts: table(policies?.at('timeouts'), duration),
    retries: table(policies?.at('retries'), retryRule),
    breakers: table(policies?.at('circuitBreakers'), breakerRule),
    apps: table(targets?.at('apps'), appTarget),
    actors: table(targets?.at('actors'), actorTarget),
    components: table(targets?.at('components'), (value) => ({
      inbound: policyNames(value.at('inbound')),
      outbound: policyNames(value.at('outbound')),
    })),
    location: document.location,
  };
}

function table<T>(value: YamlValue | undefined, read: (value: YamlValue) => T): ReadonlyMap<string, T> {
  return new Map((value?.entries() ?? []).map(([name, entry]) => [name, read(entry)]));
}

/** A Go duration; a bare integer is milliseconds. */
function duration(value: YamlValue): number {
  const text = value.text();
  const ms = /^\d+$/.test(text) ? Number(text) : parseGoDuration(text);
  if (ms === undefined || ms < 0)
    throw resourceInvalid(value.location, `${text} is not a duration such as 500ms or 5s`);
  return ms;
}

const defaultDelayMs = 5_000;
const defaultMaxMs = 60_000;
const exponentialLimitMs = 15 * 60_000;

function retryRule(value: YamlValue): RetryRule {
  const kind = value.at('policy')?.text().toLowerCase() ?? 'constant';
  if (kind !== 'constant' && kind !== 'exponential')
    throw resourceInvalid(value.location, `the retry policy ${kind} is neither constant nor exponential`);
  const limit = value.at('maxRetries')?.integer() ?? -1;
  const matching = value.at('matching');
  const httpCodes = codeRanges(matching?.at('httpStatusCodes'), [100, 599]);
  const grpcCodes = codeRanges(matching?.at('gRPCStatusCodes'), [0, 16]);
  return {
    backoff: backoff(kind, value),
    maxRetries: limit < 0 ? Number.POSITIVE_INFINITY : limit,
    ...(kind === 'exponential' ? { maxElapsedMs: exponentialLimitMs } : undefined),
    ...(httpCodes ? { httpCodes } : undefined),
    ...(grpcCodes ? { grpcCodes } : undefined),
  };
}

function backoff(kind: Backoff['kind'], value: YamlValue): Backoff {
  const maxInterval = value.at('maxInterval');
  const delay = value.at('duration');
  if (kind === 'constant') return { kind, delayMs: delay ? duration(delay) : defaultDelayMs };
  const maxMs = maxInterval ? duration(maxInterval) : defaultMaxMs;
  return { kind, firstMs: 500, maxMs: maxMs || defaultMaxMs, factor: 1.5, jitter: 0.5 };
}

/** Parses `429,500-599`; undefined for an empty list. */
function codeRanges(value: YamlValue | undefined, validRange: CodeRange): readonly CodeRange[] | undefined {
  const listed = value?.text() ?? '';
  if (!value || listed === '') return undefined;
  return listed.split(',').flatMap((part): readonly CodeRange[] => {
    if (part === '') return [];
    const [from = Number.NaN, to = from, ...more] = part.split('-').map(parseInteger);
    const isValid = more.length === 0 && from >= validRange[0] && from <= to && to <= validRange[1];
    if (!isValid)
      throw resourceInvalid(
        value.location,
        `${part} is not a status code or a range of them (${validRange.join('-')})`,
      );
    return [[from, to]];
  });
}

function parseInteger(text: string): number {
  return /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
}

const defaultOpenMs = 60_000;

function breakerRule(value: YamlValue): BreakerRule {
  const interval = value.at('interval');
  const timeout = value.at('timeout');
  const trip = value.at('trip')?.text() ?? '';
  return {
    maxRequests: Math.max(1, value.at('maxRequests')?.integer() ?? 1),
    intervalMs: interval ? duration(interval) : 0,
    openMs: (timeout ? duration(timeout) : 0) || defaultOpenMs,
    ...(trip === '' ? undefined : { trip }),
  };
}

function policyNames(value: YamlValue | undefined): PolicyNames {
  const policyName = (key: string): string | undefined => value?.at(key)?.text() || undefined;
  return { timeout: policyName('timeout'), retry: policyName('retry'), circuitBreaker: policyName('circuitBreaker') };
}

function cacheSize(value: YamlValue): number {
  const size = value.at('circuitBreakerCacheSize');
  const count = size?.integer() ?? 0;
  if (size && count < 0) throw resourceInvalid(size.location, 'circuitBreakerCacheSize must not be negative');
  return count;
}

function appTarget(value: YamlValue): AppTarget {
  return { ...policyNames(value), breakerCacheSize: cacheSize(value) };
}

function actorTarget(value: YamlValue): ActorTarget {
  const names = policyNames(value);
  const scope = value.at('circuitBreakerScope')?.text() ?? '';
  if (names.circuitBreaker !== undefined && !['type', 'id', 'both'].includes(scope))
    throw resourceInvalid(value.location, 'a circuit breaker of actors needs a circuitBreakerScope: type, id or both');
  return { ...names, breakerScope: scope === 'type' ? 'type' : 'id', breakerCacheSize: cacheSize(value) };
}
