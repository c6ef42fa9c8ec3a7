import { useQueryClient } from '@tanstack/react-query';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useState } from 'react';
import { ordersQuery } from '../data/queries.ts';
import { queryKeys } from '../data/query-keys.ts';
import { useShop } from '../data/shop.ts';
import { useServerQuery } from '../data/use-server-query.ts';
import { newOrderId } from './new-order.ts';

export interface BoughtElsewhere {
  /** The order that another window of this shopper placed while this page was open. */
  readonly orderId: string | undefined;
  /** The cart was emptied recently, and the order may not be in the list yet. */
  readonly isSearching: boolean;
}

const searchDurationMs = 10_000;
const pollMs = 1_500;

/**
 * A cart that becomes empty while the checkout page is open was bought or emptied in another window: the list of orders
 * shows which.
 */
export const useBoughtElsewhere = (cart: CartView | undefined): BoughtElsewhere => {
  const { api } = useShop();
  const client = useQueryClient();
  const isFilled = cart !== undefined && cart.lines.length > 0;
  const isEmpty = cart !== undefined && !isFilled;
  const [orderIdsBefore, setOrderIdsBefore] = useState<ReadonlySet<string>>();
  const [isSearchOver, setSearchOver] = useState(false);
  const mayBeBought = isEmpty && orderIdsBefore !== undefined;
  const refetchInterval = mayBeBought && !isSearchOver ? pollMs : false;
  const { data: orders } = useServerQuery({ ...ordersQuery(api), refetchInterval });
  if (orderIdsBefore === undefined && isFilled && orders !== undefined)
    setOrderIdsBefore(new Set(orders.map((each) => each.orderId)));
  const orderId = mayBeBought ? newOrderId(orders, orderIdsBefore) : undefined;
  useEffect(() => {
    if (!mayBeBought) return undefined;
    void client.invalidateQueries({ queryKey: queryKeys.orders });
    const timer = setTimeout(() => setSearchOver(true), searchDurationMs);
    return () => {
      clearTimeout(timer);
      setSearchOver(false);
    };
  }, [mayBeBought, client]);
  return { orderId, isSearching: mayBeBought && !isSearchOver && orderId === undefined };
};
