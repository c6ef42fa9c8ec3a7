import { useMutation } from '@tanstack/react-query';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { useShop } from '../data/shop.ts';
import { ErrorNotice } from '../components/problem-notice.tsx';
import { reorderLines, reorderText } from './reorder.ts';
import { hrefs } from '../router/paths.ts';
import { order as orderMessages } from '../messages/en/order.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(orderMessages);

/** Offers to add the lines of an unfulfilled order to the cart. */
export const ReorderButton = ({ order }: { readonly order: OrderView }) => {
  const { cartQueue } = useShop();
  const {
    data: unavailable,
    mutate,
    isPending,
    error,
  } = useMutation({ mutationFn: () => reorderLines(cartQueue, order.lines) });
  const message = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    // The focused button was removed from the page.
    if (unavailable !== undefined) message.current?.focus();
  }, [unavailable]);

  return (
    <div className="reorder">
      <ErrorNotice error={error} />
      {unavailable === undefined ? null : (
        <p ref={message} className="reorder-message" tabIndex={-1}>
          {reorderText(order.lines.length, unavailable)}
        </p>
      )}
      <div className="cancel-row">
        {unavailable === undefined ? (
          <button
            type="button"
            className="button"
            aria-disabled={isPending}
            onClick={() => (isPending ? undefined : mutate())}
          >
            {text('reorder-button.put-these-back-in')}
          </button>
        ) : unavailable.length < order.lines.length ? (
          <Link href={hrefs.cart} className="button">
            {text('reorder-button.go-to-the-cart')}
          </Link>
        ) : null}
        <Link href={hrefs.shop()}>{text('orders.browse-the-shop')}</Link>
      </div>
    </div>
  );
};
