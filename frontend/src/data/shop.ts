import { createContext, useContext, useSyncExternalStore } from 'react';
import type { CartChangeQueue } from '../cart/cart-queue.ts';
import type { Announcer } from '../components/announcer.ts';
import type { PageTransitions } from '../router/page-transitions.ts';
import type { LiveStreamState, LiveStream } from './live-stream.ts';
import type { ShopApi } from './shop-api.ts';

/** The objects that every page can use; created once in main.tsx. */
export interface Shop {
  readonly api: ShopApi;
  readonly live: LiveStream;
  readonly cartQueue: CartChangeQueue;
  readonly announcer: Announcer;
  readonly transitions: PageTransitions;
}

export const ShopContext = createContext<Shop | undefined>(undefined);

export const useShop = (): Shop => {
  const shop = useContext(ShopContext);
  if (shop === undefined) throw new Error('ShopContext is missing above this component');
  return shop;
};

export const useLiveState = (): LiveStreamState => {
  const { live } = useShop();
  return useSyncExternalStore(live.subscribe, () => live.state);
};
