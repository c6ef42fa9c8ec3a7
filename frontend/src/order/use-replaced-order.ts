import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { useShop } from '../data/shop.ts';
import { hrefs } from '../router/paths.ts';

/**
 * An order number can be replaced by another one before the order is created: navigates to that one. True while
 * searching.
 */
export const useReplacedOrder = (orderId: string, isUnknown: boolean): boolean => {
  const { api } = useShop();
  const [, navigate] = useLocation();
  const [isSearching, setSearching] = useState(true);
  useEffect(() => {
    if (!isUnknown) return undefined;
    const abortController = new AbortController();
    const { signal } = abortController;
    api.placedOrder(orderId, signal).then(
      (placed) => {
        if (signal.aborted) return;
        setSearching(false);
        if (placed.orderId !== orderId) navigate(hrefs.order(placed.orderId), { replace: true });
      },
      () => {
        if (!signal.aborted) setSearching(false);
      },
    );
    return () => abortController.abort();
  }, [api, navigate, orderId, isUnknown]);
  return isUnknown && isSearching;
};
