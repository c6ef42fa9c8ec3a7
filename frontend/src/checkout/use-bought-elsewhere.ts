import type { CartView, OrderSummary } from '@tidewater/contracts/storefront.ts';
import { useEffect, useState } from 'react';
import { keyOf } from '../data/live-news.ts';
import { useShop } from '../data/shop.ts';
import { useResource } from '../data/use-resource.ts';
import { newOrderId } from './new-order.ts';

export interface BoughtElsewhere {
  /** The order that another window of this shopper placed while this page was open. */
  readonly orderId: string | undefined;
  /** The cart was emptied a moment ago, and the order may not be in the list yet. */
  readonly isLooking: boolean;
}

const lookForMs = 10_000;
const pollMs = 1_500;

/** A cart that empties under an open checkout page was bought in another window, or emptied there: the orders tell which. */
export const useBoughtElsewhere = (cart: CartView | undefined): BoughtElsewhere => {
  const { api, cache } = useShop();
  const isFilled = cart !== undefined && cart.lines.length > 0;
  const isEmpty = cart !== undefined && !isFilled;
  const [before, setBefore] = useState<ReadonlySet<string>>();
  const [isOver, setOver] = useState(false);
  const mayBeBought = isEmpty && before !== undefined;
  const poll = mayBeBought && !isOver ? pollMs : undefined;
  const { data: orders } = useResource<readonly OrderSummary[]>(keyOf.orders, api.orders, poll);
  if (before === undefined && isFilled && orders !== undefined) setBefore(new Set(orders.map((each) => each.orderId)));
  const orderId = mayBeBought ? newOrderId(orders, before) : undefined;
  useEffect(() => {
    if (!mayBeBought) return undefined;
    cache.refresh(keyOf.orders);
    const end = setTimeout(() => setOver(true), lookForMs);
    return () => {
      clearTimeout(end);
      setOver(false);
    };
  }, [mayBeBought, cache]);
  return { orderId, isLooking: mayBeBought && !isOver && orderId === undefined };
};
