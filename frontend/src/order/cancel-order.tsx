import type { OrderView, Problem } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef, useState } from 'react';
import { keyOf, tellOrder } from '../data/live-news.ts';
import { problemOf } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { formatMoney } from '../format/money.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { cancelPromise } from './status-words.ts';

/** Asks once more before it does what it says. Gone when the parcel is. */
export const CancelOrder = ({ order }: { readonly order: OrderView }) => {
  const { api, cache, announcer } = useShop();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const yes = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isAsking) yes.current?.focus();
  }, [isAsking]);

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
    <div className="cancel">
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {!order.canCancel ? null : isAsking ? (
        <fieldset className="cancel-ask">
          <legend>Cancel this order? {cancelPromise(order.status, formatMoney(order.total))}</legend>
          <div className="cancel-row">
            <button ref={yes} type="button" className="button danger" disabled={isBusy} onClick={() => void cancel()}>
              Yes, cancel order
            </button>
            <button type="button" className="button quiet" disabled={isBusy} onClick={() => setAsking(false)}>
              Keep it
            </button>
          </div>
        </fieldset>
      ) : (
        <button type="button" className="button quiet" onClick={() => setAsking(true)}>
          Cancel order
        </button>
      )}
    </div>
  );
};
