import type { Clock } from '@outrigger/sdk';

export interface CircuitBreakerOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Consecutive failures that open the circuit. */
  readonly failures: number;
  /** How long calls are rejected before one may probe. */
  readonly openMs: number;
  /** Whether an error means that the other side is down. Other errors count as a response. */
  readonly isFailure: (error: unknown) => boolean;
  readonly onChange?: (isOpen: boolean) => void;
}

/** Rejects calls at once while the other side is down. */
export interface CircuitBreaker {
  /** Rejects with a `CircuitOpenError` without calling while the circuit is open. */
  run<T>(call: () => Promise<T>): Promise<T>;
  readonly isOpen: boolean;
}

export class CircuitOpenError extends Error {
  constructor() {
    super('the last calls failed, so this one was not made');
    this.name = 'CircuitOpenError';
  }
}

/** Closed until calls fail in a row; then open for a while; then one probe decides which of the two comes next. */
export function circuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { clock, failures, openMs, isFailure, onChange } = options;
  let failed = 0;
  /** Undefined while closed. */
  let openUntil: number | undefined;
  let isProbing = false;

  const settle = (isDown: boolean, isProbe: boolean): void => {
    // Results of calls from before the circuit opened are outdated.
    if (openUntil !== undefined && !isProbe) return;
    failed = isDown ? failed + 1 : 0;
    const wasOpen = openUntil !== undefined;
    const isOpen = isDown && (isProbe || failed >= failures);
    openUntil = isOpen ? clock.now() + openMs : undefined;
    if (wasOpen !== isOpen) onChange?.(isOpen);
  };

  return {
    get isOpen() {
      return openUntil !== undefined;
    },
    async run(call) {
      const isProbe = openUntil !== undefined;
      if (openUntil !== undefined && (clock.now() < openUntil || isProbing)) throw new CircuitOpenError();
      isProbing = isProbe;
      try {
        const result = await call();
        settle(false, isProbe);
        return result;
      } catch (error) {
        settle(isFailure(error), isProbe);
        throw error;
      } finally {
        if (isProbe) isProbing = false;
      }
    },
  };
}
