import type { SourceLocation } from './resource.ts';

/** When to wait how long before trying again. */
export type Backoff =
  | { readonly kind: 'constant'; readonly delayMs: number }
  | {
      readonly kind: 'exponential';
      readonly initialMs: number;
      readonly longestMs: number;
      /** Each delay is so many times the one before. */
      readonly factor: number;
      /** 0.5 means anything from half to one and a half times the delay. */
      readonly jitter: number;
    };

/** Codes from the first to the second, both included. */
export type CodeRange = readonly [from: number, to: number];

export interface RetryRule {
  readonly backoff: Backoff;
  /** After the first try. Infinity means no limit. */
  readonly maxRetries: number;
  /** No retry begins later than this after the first try began. */
  readonly maxElapsedMs?: number;
  /** Only failures with one of these codes are tried again; undefined means all. */
  readonly httpCodes?: readonly CodeRange[];
  readonly grpcCodes?: readonly CodeRange[];
}

export interface BreakerRule {
  /** Requests let through while half open, and successes in a row that close the breaker. */
  readonly maxRequests: number;
  /** Counts begin anew after this time while closed; 0 means never. */
  readonly intervalMs: number;
  /** How long the breaker stays open before it lets requests through on trial. */
  readonly openMs: number;
  /** A CEL expression over the counts; undefined means more than five failures in a row. */
  readonly trip?: string;
}

/** Names of policies; what is undefined is not wanted. */
export interface PolicyNames {
  readonly timeout?: string;
  readonly retry?: string;
  readonly circuitBreaker?: string;
}

export interface AppTarget extends PolicyNames {
  /** Breakers kept, one for each method that is called; the longest unused goes first. */
  readonly breakerCacheSize: number;
}

export interface ActorTarget extends PolicyNames {
  /** One breaker for the whole type, or one for each actor. */
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
