import type { Clock } from '@outrigger/sdk';

export interface CircuitBreakerOptions {
  readonly clock: Clock;
  /** Which errors say that the other side is unavailable. */
  readonly isFailure: (error: unknown) => boolean;
  /** So many in a row open the circuit. */
  readonly failures?: number;
  /** How long it is open before one call is let through as a probe. */
  readonly openMs?: number;
  readonly onChange?: (state: 'open' | 'closed') => void;
}

export interface CircuitBreaker {
  /** Runs the call, or throws `CircuitOpenError` at once. */
  run<T>(call: () => Promise<T>): Promise<T>;
}

export class CircuitOpenError extends Error {
  constructor() {
    super('the last calls failed, so this one was not made');
    this.name = 'CircuitOpenError';
  }
}

/** Spares callers the wait for a service that did not answer the last calls. It closes when a probe succeeds. */
export function circuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { clock, isFailure, failures = 5, openMs = 5_000, onChange } = options;
  let failuresInARow = 0;
  let state: 'closed' | 'open' | 'half-open' = 'closed';
  let isProbing = false;

  const succeed = (): void => {
    failuresInARow = 0;
    if (state !== 'closed') onChange?.('closed');
    state = 'closed';
  };
  const fail = (isProbe: boolean): void => {
    failuresInARow++;
    // Calls that began before the circuit opened end after it; they do not prolong it.
    if (isProbe || (state === 'closed' && failuresInARow >= failures)) {
      if (state === 'closed') onChange?.('open');
      state = 'open';
      clock.after(openMs, () => {
        if (state === 'open') state = 'half-open';
      });
    }
  };

  return {
    async run(call) {
      if (state === 'open' || (state === 'half-open' && isProbing)) throw new CircuitOpenError();
      const isProbe = state === 'half-open';
      if (isProbe) isProbing = true;
      try {
        const result = await call();
        succeed();
        return result;
      } catch (error) {
        if (isFailure(error)) fail(isProbe);
        else succeed();
        throw error;
      } finally {
        if (isProbe) isProbing = false;
      }
    },
  };
}
