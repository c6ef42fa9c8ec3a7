import type { SourceLocation } from './resource.ts';

/** How long to wait before a retry. */
export type Backoff =
  | { readonly kind: 'constant'; readonly delayMs: number }
  | {
      readonly kind: 'exponential';
      readonly firstMs: number;
      readonly maxMs: number;
      /** The factor between two delays. */
      readonly factor: number;
      /** 0.5 means between 0.5 and 1.5 times the delay. */
      readonly jitter: number;
    };

/** A range of codes, both ends included. */
export type CodeRange = readonly [from: number, to: number];

export interface RetryRule {
  readonly backoff: Backoff;
  /** Retries after the first attempt. Infinity means no limit. */
  readonly maxRetries: number;
  /** No retry begins later than this after the first attempt began. */
  readonly maxElapsedMs?: number;
  /** Only failures with one of these codes are retried; undefined means all. */
  readonly httpCodes?: readonly CodeRange[];
  readonly grpcCodes?: readonly CodeRange[];
}

export interface BreakerRule {
  /** Requests allowed while half open, and consecutive successes that close the breaker. */
  readonly maxRequests: number;
  /** Counts are reset after this time while closed; 0 means never. */
  readonly intervalMs: number;
  /** How long the breaker stays open before it is half open. */
  readonly openMs: number;
  /** A CEL expression over the counts; undefined means more than five consecutive failures. */
  readonly trip?: string;
}

/** Names of policies; undefined means none. */
export interface PolicyNames {
  readonly timeout?: string;
  readonly retry?: string;
  readonly circuitBreaker?: string;
}

export interface AppTarget extends PolicyNames {
  /** The number of cached breakers, one per method; the least recently used is evicted. */
  readonly breakerCacheSize: number;
}

export interface ActorTarget extends PolicyNames {
  /** One breaker for the whole type, or one per actor. */
  readonly breakerScope: 'type' | 'id';
  readonly breakerCacheSize: number;
}

export interface ComponentTarget {
  readonly inbound: PolicyNames;
  readonly outbound: PolicyNames;
}

/** A Resiliency resource. */
export interface ResiliencyResource {
  readonly name: string;
  readonly namespace: string;
  readonly timeouts: ReadonlyMap<string, number>;
  readonly retries: ReadonlyMap<string, RetryRule>;
  readonly breakers: ReadonlyMap<string, BreakerRule>;
  readonly apps: ReadonlyMap<string, AppTarget>;
  readonly actors: ReadonlyMap<string, ActorTarget>;
  readonly components: ReadonlyMap<string, ComponentTarget>;
  readonly location: SourceLocation;
}
