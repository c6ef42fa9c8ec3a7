import { useEffect, useState } from 'react';
import { useShop } from '../data/shop.ts';
import { useNavigation } from '../router/use-navigation.ts';

/** An order number can be replaced by another one before the order begins: goes on to that one. True while looking. */
export const useReplacedOrder = (orderId: string, isUnknown: boolean): boolean => {
  const { api } = useShop();
  const navigation = useNavigation();
  const [isLooking, setLooking] = useState(true);
  useEffect(() => {
    if (!isUnknown) return undefined;
    const leaving = new AbortController();
    const { signal } = leaving;
    api.placedOrder(orderId, signal).then(
      (placed) => {
        if (signal.aborted) return;
        setLooking(false);
        if (placed.orderId !== orderId) navigation.go({ page: 'order', orderId: placed.orderId }, 'replace');
      },
      () => {
        if (!signal.aborted) setLooking(false);
      },
    );
    return () => leaving.abort();
  }, [api, navigation, orderId, isUnknown]);
  return isUnknown && isLooking;
};
