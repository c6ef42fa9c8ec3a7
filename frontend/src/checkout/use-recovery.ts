import { useCallback, useEffect, useRef, useState } from 'react';
import { useShop } from '../data/shop.ts';
import type { CheckoutAttempt } from './attempt.ts';
import { findPlacedOrder, waitFor } from './find-placed-order.ts';

/** `none`: there is no open attempt. */
export type RecoveryState = 'none' | 'searching' | 'not-placed' | 'unknown';

export interface Recovery {
  readonly state: RecoveryState;
  /** Looks up the open attempt; restarts a search that is running. */
  readonly search: () => void;
  readonly reset: () => void;
}

/**
 * Finds the outcome of an attempt whose response was lost: immediately when the page loads with one, else on `search`.
 */
export const useRecovery = (attempt: CheckoutAttempt, onPlaced: (orderId: string) => void): Recovery => {
  const { api } = useShop();
  const [state, setState] = useState<RecoveryState>(() => (attempt.open === undefined ? 'none' : 'searching'));
  const abortController = useRef<AbortController>(undefined);
  const onPlacedRef = useRef(onPlaced);
  useEffect(() => {
    onPlacedRef.current = onPlaced;
  });

  const lookUp = useCallback(
    (key: string): void => {
      abortController.current?.abort();
      const { signal } = (abortController.current = new AbortController());
      findPlacedOrder(key, { lookUp: api.placedOrder, wait: waitFor, now: () => performance.now(), signal }).then(
        (outcome) => {
          if (signal.aborted) return;
          setState(outcome.state === 'placed' ? 'none' : outcome.state);
          if (outcome.state === 'placed') onPlacedRef.current(outcome.orderId);
        },
        // Aborted: the page was left, or a newer search replaced this one.
        () => undefined,
      );
    },
    [api],
  );

  const search = useCallback((): void => {
    const key = attempt.open?.key;
    setState(key === undefined ? 'none' : 'searching');
    if (key !== undefined) lookUp(key);
  }, [attempt, lookUp]);

  const reset = useCallback((): void => {
    abortController.current?.abort();
    setState('none');
  }, []);

  useEffect(() => {
    const key = attempt.open?.key;
    if (key !== undefined) lookUp(key);
    return () => abortController.current?.abort();
  }, [attempt, lookUp]);

  useEffect(() => {
    if (state !== 'unknown') return undefined;
    window.addEventListener('online', search);
    return () => window.removeEventListener('online', search);
  }, [state, search]);

  return { state, search, reset };
};
