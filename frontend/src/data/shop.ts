import { createContext, useContext, useSyncExternalStore } from 'react';
import type { CartKeeper } from '../cart/cart-keeper.ts';
import type { Announcer } from '../parts/announcer.ts';
import type { LiveState, LiveStream } from './live-stream.ts';
import type { ResourceCache } from './resource-cache.ts';
import type { ShopApi } from './shop-api.ts';

/** What every page may use; built once in main.tsx. */
export interface Shop {
  readonly api: ShopApi;
  readonly cache: ResourceCache;
  readonly live: LiveStream;
  readonly cart: CartKeeper;
  readonly announcer: Announcer;
}

export const ShopContext = createContext<Shop | undefined>(undefined);

export const useShop = (): Shop => {
  const shop = useContext(ShopContext);
  if (shop === undefined) throw new Error('ShopContext is missing above this component');
  return shop;
};

export const useLiveState = (): LiveState => {
  const { live } = useShop();
  return useSyncExternalStore(live.subscribe, () => live.state);
};
