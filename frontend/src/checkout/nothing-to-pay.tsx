import { Link } from 'wouter';
import type { BoughtElsewhere } from './use-bought-elsewhere.ts';
import { hrefs } from '../router/paths.ts';

export interface NothingToPayProps extends BoughtElsewhere {
  /** An attempt of this window was reported as not placed before its order appeared. */
  readonly wasPlacedLate: boolean;
}

/** Shown for an empty cart: bought in another window, bought here by an attempt that seemed lost, or just empty. */
export const NothingToPay = ({ orderId, isSearching, wasPlacedLate }: NothingToPayProps) => {
  if (orderId !== undefined) {
    return (
      <div className="empty" role="alert">
        <h2>{wasPlacedLate ? 'Your order did reach us, only late' : 'Your order was placed in another window'}</h2>
        <p>It holds what was in this cart, so there is nothing left to pay here.</p>
        <Link href={hrefs.order(orderId)} className="button">
          See order {orderId}
        </Link>
      </div>
    );
  }
  return (
    <div className="empty">
      <h2>{isSearching ? 'Your cart has just been emptied' : 'There is nothing to pay'}</h2>
      <p>
        {isSearching
          ? 'Perhaps you paid in another window. We are looking for the order.'
          : 'Your cart is empty. What you have bought already is among your orders.'}
      </p>
      <p className="empty-actions">
        <Link href={hrefs.shop()} className="button">
          Browse the shop
        </Link>
        <Link href={hrefs.orders}>See your orders</Link>
      </p>
    </div>
  );
};
