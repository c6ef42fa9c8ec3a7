import type { OrderView, Problem } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef, useState } from 'react';
import { queryKeys, applyOrder } from '../data/live-updates.ts';
import { problemOf } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { formatMoney } from '../format/money.ts';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { OrderAgain } from './reorder-button.tsx';
import { isUnfulfilled } from './order-text.ts';
import { cancellationEffect } from './order-status-labels.ts';

/** Cancels the order after a confirmation. For an unfulfilled order it offers to reorder instead. */
export const CancelOrder = ({ order }: { readonly order: OrderView }) => {
  const { api, cache, announcer } = useShop();
  const [isConfirming, setConfirming] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const container = useRef<HTMLDivElement>(null);
  const cancelButton = useRef<HTMLButtonElement>(null);
  const declineButton = useRef<HTMLButtonElement>(null);
  const wasConfirming = useRef(false);
  useEffect(() => {
    if (isConfirming) declineButton.current?.focus();
    // The focused button was removed from the page.
    else if (wasConfirming.current) (cancelButton.current ?? container.current)?.focus();
    wasConfirming.current = isConfirming;
  }, [isConfirming]);
  const canDismiss = isConfirming && !isBusy;
  useEffect(() => {
    if (!canDismiss) return undefined;
    const dismissOnEscape = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setConfirming(false);
    };
    document.addEventListener('keydown', dismissOnEscape);
    return () => document.removeEventListener('keydown', dismissOnEscape);
  }, [canDismiss]);

  const cancel = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      applyOrder(cache, await api.cancelOrder(order.orderId));
      announcer.announce('Order cancelled.');
    } catch (error) {
      setProblem(problemOf(error));
      cache.refresh(queryKeys.order(order.orderId));
    } finally {
      setBusy(false);
      setConfirming(false);
    }
  };

  return (
    <div className="cancel" ref={container} tabIndex={-1}>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {isUnfulfilled(order) ? (
        <OrderAgain order={order} />
      ) : order.status === 'shipped' ? (
        <p className="quiet small">The parcel has left, so the order can no longer be cancelled.</p>
      ) : !order.canCancel ? null : isConfirming ? (
        <fieldset className="cancel-confirm">
          <legend>Cancel this order? {cancellationEffect(order.status, formatMoney(order.total))}</legend>
          <div className="cancel-row">
            <button type="button" className="button danger" disabled={isBusy} onClick={() => void cancel()}>
              Yes, cancel order
            </button>
            <button
              ref={declineButton}
              type="button"
              className="button quiet"
              disabled={isBusy}
              onClick={() => setConfirming(false)}
            >
              Keep it
            </button>
          </div>
        </fieldset>
      ) : (
        <button ref={cancelButton} type="button" className="button quiet" onClick={() => setConfirming(true)}>
          Cancel order
        </button>
      )}
    </div>
  );
};
