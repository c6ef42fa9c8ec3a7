import type { OrderView, Problem } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef, useState } from 'react';
import { keyOf, tellOrder } from '../data/live-news.ts';
import { problemOf } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { formatMoney } from '../format/money.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { OrderAgain } from './order-again.tsx';
import { cameToNothing } from './order-text.ts';
import { cancelPromise } from './status-words.ts';

/** Asks once more before it does what it says. When the order came to nothing, the way on takes its place. */
export const CancelOrder = ({ order }: { readonly order: OrderView }) => {
  const { api, cache, announcer } = useShop();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const place = useRef<HTMLDivElement>(null);
  const ask = useRef<HTMLButtonElement>(null);
  const keep = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (isAsking) keep.current?.focus();
    // The button that had the focus is gone.
    else if (wasAsking.current) (ask.current ?? place.current)?.focus();
    wasAsking.current = isAsking;
  }, [isAsking]);
  const canTakeBack = isAsking && !isBusy;
  useEffect(() => {
    if (!canTakeBack) return undefined;
    const takeBack = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setAsking(false);
    };
    document.addEventListener('keydown', takeBack);
    return () => document.removeEventListener('keydown', takeBack);
  }, [canTakeBack]);

  const cancel = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      tellOrder(cache, await api.cancelOrder(order.orderId));
      announcer.say('Order cancelled.');
    } catch (error) {
      setProblem(problemOf(error));
      cache.refresh(keyOf.order(order.orderId));
    } finally {
      setBusy(false);
      setAsking(false);
    }
  };

  return (
    <div className="cancel" ref={place} tabIndex={-1}>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {cameToNothing(order) ? (
        <OrderAgain order={order} />
      ) : order.status === 'shipped' ? (
        <p className="quiet small">The parcel has left, so the order can no longer be cancelled.</p>
      ) : !order.canCancel ? null : isAsking ? (
        <fieldset className="cancel-ask">
          <legend>Cancel this order? {cancelPromise(order.status, formatMoney(order.total))}</legend>
          <div className="cancel-row">
            <button type="button" className="button danger" disabled={isBusy} onClick={() => void cancel()}>
              Yes, cancel order
            </button>
            <button
              ref={keep}
              type="button"
              className="button quiet"
              disabled={isBusy}
              onClick={() => setAsking(false)}
            >
              Keep it
            </button>
          </div>
        </fieldset>
      ) : (
        <button ref={ask} type="button" className="button quiet" onClick={() => setAsking(true)}>
          Cancel order
        </button>
      )}
    </div>
  );
};
