import { useCallback, useEffect, useRef, useState } from 'react';
import { useShop } from '../data/shop.ts';
import type { CheckoutAttempt } from './attempt.ts';
import { findPlacedOrder, waitFor } from './find-placed-order.ts';

/** `none`: no attempt is open. */
export type RecoveryState = 'none' | 'searching' | 'not-placed' | 'unknown';

export interface Recovery {
  readonly state: RecoveryState;
  /** Looks the open attempt up; again when a search is under way. */
  readonly search: () => void;
  readonly reset: () => void;
}

/** Finds out what became of an attempt whose answer was lost: at once when the page begins with one, else when asked. */
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
        // Aborted: the page was left, or a newer search has taken over.
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
