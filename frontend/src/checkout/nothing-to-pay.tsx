import { Link } from 'wouter';
import type { BoughtElsewhere } from './use-bought-elsewhere.ts';
import { hrefs } from '../router/paths.ts';
import { checkout as checkoutMessages } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(checkoutMessages);

export interface NothingToPayProps extends BoughtElsewhere {
  /** An attempt of this window was reported as not placed before its order appeared. */
  readonly wasPlacedLate: boolean;
}

/** Shown for an empty cart: bought in another window, bought here by an attempt that seemed lost, or just empty. */
export const NothingToPay = ({ orderId, isSearching, wasPlacedLate }: NothingToPayProps) => {
  if (orderId !== undefined) {
    return (
      <div className="empty" role="alert">
        <h2>
          {wasPlacedLate ? text('nothing-to-pay.your-order-did-reach') : text('nothing-to-pay.your-order-was-placed')}
        </h2>
        <p>{text('nothing-to-pay.it-holds-what-was')}</p>
        <Link href={hrefs.order(orderId)} className="button">
          {text('nothing-to-pay.see-order-orderid', { orderId })}
        </Link>
      </div>
    );
  }
  return (
    <div className="empty">
      <h2>{isSearching ? text('nothing-to-pay.your-cart-has-just') : text('nothing-to-pay.there-is-nothing-to')}</h2>
      <p>{isSearching ? text('nothing-to-pay.perhaps-you-paid-in') : text('nothing-to-pay.your-cart-is-empty')}</p>
      <p className="empty-actions">
        <Link href={hrefs.shop()} className="button">
          {text('nothing-to-pay.browse-the-shop')}
        </Link>
        <Link href={hrefs.orders}>{text('nothing-to-pay.see-your-orders')}</Link>
      </p>
    </div>
  );
};
