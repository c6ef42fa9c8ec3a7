import type { Recorder } from '#core/activity.ts';
import { backoffDelay, withJitter } from '#core/backoff.ts';
import type { Call } from '#core/call.ts';
import type { Random } from '#core/random.ts';
import { type Clock, sleep } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { RuntimeError } from '#core/errors.ts';
import type { AttemptNotes, AttemptStatus, Policy, PolicyOperation } from '#core/policy.ts';
import type { Backoff, RetryRule } from '#core/resiliency-resource.ts';
import type { BreakerState, CircuitBreaker } from './circuit-breaker.ts';
import { policyTimeout } from './errors.ts';
import { isRetried } from './matching.ts';

/** One failed attempt. */
export interface Failure {
  /** The thrown error; undefined when the attempt returned and marked itself as failed. */
  readonly cause: unknown;
  readonly status: AttemptStatus | undefined;
}

/** Receives the events of a policy, for metrics. */
export interface PolicyObserver {
  /** The policy is about to be applied. `state` is set when it has a breaker. */
  applied(state: BreakerState | undefined): void;
  timedOut(): void;
  retried(): void;
  changed(state: BreakerState): void;
}

export interface PolicyParts {
  readonly retry?: RetryRule;
  readonly breaker?: CircuitBreaker;
  /** Limit of each attempt. */
  readonly timeoutMs?: number;
  /** Restricts retries beyond the rule's codes. */
  readonly isRetryable?: (failure: Failure) => boolean;
  readonly observer?: PolicyObserver;
}

export interface PolicyDependencies {
  readonly clock: Clock;
  readonly random: Random;
  /** Each further attempt is recorded as `retry`. */
  readonly recorder: Recorder;
}

type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'marked'; readonly value: T; readonly notes: Notes }
  | { readonly kind: 'thrown'; readonly cause: unknown; readonly notes: Notes };

/** Retries around a breaker around a time limit, each as far as configured. */
export function policyOf(parts: PolicyParts, dependencies: PolicyDependencies): Policy {
  const { retry, observer } = parts;
  const { clock, recorder } = dependencies;
  return async (call, name, operation) => {
    observer?.applied(parts.breaker?.state);
    const beganAt = clock.monotonic();
    let hasTimedOut = false;
    const onTimeout = (): void => {
      if (!hasTimedOut) observer?.timedOut();
      hasTimedOut = true;
    };
    for (let attempt = 1; ; attempt++) {
      const run = (inner: Call) => oneAttempt(inner, attempt, { operation, parts, clock, onTimeout });
      const outcome = await (attempt === 1
        ? run(call)
        : recorder.record(call, { kind: 'retry', name, attributes: { attempt } }, async (inner, scope) => {
            const retryOutcome = await run(inner);
            if (retryOutcome.kind === 'thrown') scope.failed(codeOf(retryOutcome.cause), String(retryOutcome.cause));
            return retryOutcome;
          }));
      if (outcome.kind === 'done') return outcome.value;
      const delayMs = retry && delayBeforeRetry(outcome, { retry, parts, attempt, dependencies, call });
      if (delayMs === undefined || clock.monotonic() - beganAt + delayMs > (retry?.maxElapsedMs ?? Infinity)) {
        if (outcome.kind === 'marked') return outcome.value;
        throw outcome.cause;
      }
      observer?.retried();
      await sleep(clock, delayMs, call.signal);
    }
  };
}

interface AttemptParts<T> {
  readonly operation: PolicyOperation<T>;
  readonly parts: PolicyParts;
  readonly clock: Clock;
  readonly onTimeout: () => void;
}

async function oneAttempt<T>(call: Call, attempt: number, work: AttemptParts<T>): Promise<Outcome<T>> {
  const { breaker, timeoutMs, observer } = work.parts;
  const notes = new Notes((work.parts.retry?.maxRetries ?? 0) > 0);
  const before = breaker?.state;
  let report: ((succeeded: boolean) => void) | undefined;
  let outcome: Outcome<T>;
  try {
    report = breaker?.allow();
    const value = await (timeoutMs === undefined
      ? work.operation(call, attempt, notes)
      : limited(call, attempt, { ...work, notes, timeoutMs }));
    outcome = notes.hasFailed ? { kind: 'marked', value, notes } : { kind: 'done', value };
  } catch (cause) {
    // an open breaker stays open for longer than a retry should wait
    if (breaker && !report) notes.last();
    outcome = { kind: 'thrown', cause, notes };
  }
  report?.(outcome.kind === 'done');
  const after = breaker?.state;
  if (after !== undefined && after !== before) observer?.changed(after);
  return outcome;
}

interface LimitedParts<T> extends AttemptParts<T> {
  readonly notes: Notes;
  readonly timeoutMs: number;
}

function limited<T>(call: Call, attempt: number, parts: LimitedParts<T>): Promise<T> {
  const { operation, clock, onTimeout, notes, timeoutMs } = parts;
  return withTimeout(
    clock,
    timeoutMs,
    (timeoutSignal) => operation({ ...call, signal: AbortSignal.any([call.signal, timeoutSignal]) }, attempt, notes),
    () => {
      onTimeout();
      return policyTimeout();
    },
  );
}

interface RetryContext {
  readonly retry: RetryRule;
  readonly parts: PolicyParts;
  readonly attempt: number;
  readonly dependencies: PolicyDependencies;
  readonly call: Call;
}

/** Undefined when there is no further attempt. */
function delayBeforeRetry<T>(
  outcome: Exclude<Outcome<T>, { kind: 'done' }>,
  context: RetryContext,
): number | undefined {
  const { retry, parts, attempt, dependencies, call } = context;
  const { notes } = outcome;
  if (attempt > retry.maxRetries || notes.isLast || call.signal.aborted) return undefined;
  if (!isRetried(retry, notes.status)) return undefined;
  const failure = { cause: outcome.kind === 'thrown' ? outcome.cause : undefined, status: notes.status };
  if (parts.isRetryable?.(failure) === false) return undefined;
  return delayOf(attempt, retry.backoff, dependencies.random);
}

function delayOf(attempt: number, backoff: Backoff, random: Random): number {
  if (backoff.kind === 'constant') return backoff.delayMs;
  return withJitter(backoffDelay(attempt, backoff), random, backoff.jitter);
}

class Notes implements AttemptNotes {
  hasFailed = false;
  isLast = false;
  status: AttemptStatus | undefined;
  readonly mayRepeat: boolean;

  constructor(mayRepeat: boolean) {
    this.mayRepeat = mayRepeat;
  }

  failed(status?: AttemptStatus): void {
    this.hasFailed = true;
    this.status = status;
  }

  last(): void {
    this.isLast = true;
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof RuntimeError ? cause.kind.code : 'ERROR';
}
