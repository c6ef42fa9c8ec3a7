import { useEffect, useState } from 'react';
import { useShop } from '../data/shop.ts';
import { useNavigation } from '../router/use-navigation.ts';

/**
 * An order number can be replaced by another one before the order is created: navigates to that one. True while
 * searching.
 */
export const useReplacedOrder = (orderId: string, isUnknown: boolean): boolean => {
  const { api } = useShop();
  const navigation = useNavigation();
  const [isSearching, setSearching] = useState(true);
  useEffect(() => {
    if (!isUnknown) return undefined;
    const abortController = new AbortController();
    const { signal } = abortController;
    api.placedOrder(orderId, signal).then(
      (placed) => {
        if (signal.aborted) return;
        setSearching(false);
        if (placed.orderId !== orderId) navigation.navigate({ page: 'order', orderId: placed.orderId }, 'replace');
      },
      () => {
        if (!signal.aborted) setSearching(false);
      },
    );
    return () => abortController.abort();
  }, [api, navigation, orderId, isUnknown]);
  return isUnknown && isSearching;
};
