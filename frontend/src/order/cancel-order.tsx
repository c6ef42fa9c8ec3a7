import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef, useState } from 'react';
import { applyOrder } from '../data/live-updates.ts';
import { queryKeys } from '../data/query-keys.ts';
import { useShop } from '../data/shop.ts';
import { formatMoney } from '../format/money.ts';
import { ErrorNotice } from '../components/problem-notice.tsx';
import { ReorderButton } from './reorder-button.tsx';
import { isUnfulfilled } from './order-text.ts';
import { cancellationEffect } from './order-status-labels.ts';
import { order as orderMessages } from '../messages/en/order.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(orderMessages);

/** Cancels the order after a confirmation. For an unfulfilled order it offers to reorder instead. */
export const CancelOrder = ({ order }: { readonly order: OrderView }) => {
  const { api, announcer } = useShop();
  const client = useQueryClient();
  const [isConfirming, setConfirming] = useState(false);
  const cancellation = useMutation({
    mutationFn: () => api.cancelOrder(order.orderId),
    onSuccess: (cancelled) => {
      applyOrder(client, cancelled);
      announcer.announce(text('cancel-order.order-cancelled'));
    },
    onError: () => void client.invalidateQueries({ queryKey: queryKeys.order(order.orderId) }),
    onSettled: () => setConfirming(false),
  });
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
  const canDismiss = isConfirming && !cancellation.isPending;
  useEffect(() => {
    if (!canDismiss) return undefined;
    const dismissOnEscape = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setConfirming(false);
    };
    document.addEventListener('keydown', dismissOnEscape);
    return () => document.removeEventListener('keydown', dismissOnEscape);
  }, [canDismiss]);

  return (
    <div className="cancel" ref={container} tabIndex={-1}>
      <ErrorNotice error={cancellation.error} />
      {isUnfulfilled(order) ? (
        <ReorderButton order={order} />
      ) : order.status === 'shipped' ? (
        <p className="quiet small">{text('cancel-order.the-parcel-has-left')}</p>
      ) : !order.canCancel ? null : isConfirming ? (
        <fieldset className="cancel-confirm">
          <legend>
            {text('cancel-order.cancel-this-order-status', {
              status: cancellationEffect(order.status, formatMoney(order.total)),
            })}
          </legend>
          <div className="cancel-row">
            <button
              type="button"
              className="button danger"
              disabled={cancellation.isPending}
              onClick={() => cancellation.mutate()}
            >
              {text('cancel-order.yes-cancel-order')}
            </button>
            <button
              ref={declineButton}
              type="button"
              className="button quiet"
              disabled={cancellation.isPending}
              onClick={() => setConfirming(false)}
            >
              {text('cancel-order.keep-it')}
            </button>
          </div>
        </fieldset>
      ) : (
        <button ref={cancelButton} type="button" className="button quiet" onClick={() => setConfirming(true)}>
          {text('cancel-order.cancel-order')}
        </button>
      )}
    </div>
  );
};
