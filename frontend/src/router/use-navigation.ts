import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Navigation, ShopLocation } from './navigation.ts';

export const NavigationContext = createContext<Navigation | undefined>(undefined);

export const useNavigation = (): Navigation => {
  const navigation = useContext(NavigationContext);
  if (navigation === undefined) throw new Error('NavigationContext is missing above this component');
  return navigation;
};

export const useShopLocation = (): ShopLocation => {
  const navigation = useNavigation();
  return useSyncExternalStore(navigation.subscribe, () => navigation.location);
};
