import type { QueryClient } from '@tanstack/react-query';
import { CartChangeQueue } from '../cart/cart-queue.ts';
import { newKey } from '../checkout/new-key.ts';
import { Announcer } from '../components/announcer.ts';
import { PageTransitions } from '../router/page-transitions.ts';
import { LiveStream } from './live-stream.ts';
import { createQueryClient, refetchAll, refetchFailedQueries } from './query-client.ts';
import { ShopApi } from './shop-api.ts';
import type { Shop } from './shop.ts';

/** The objects that every page can use. */
export const createShop = (
  fetchFrom: typeof fetch,
  browserWindow: Window,
): { readonly shop: Shop; readonly queryClient: QueryClient } => {
  const api = new ShopApi(fetchFrom);
  const queryClient = createQueryClient();
  const shop: Shop = {
    api,
    live: new LiveStream(queryClient, '/api/live'),
    cartQueue: new CartChangeQueue(api, queryClient),
    announcer: new Announcer(),
    transitions: new PageTransitions(browserWindow, newKey),
  };
  return { shop, queryClient };
};

/** Opens the live stream while the page is visible, and refetches when the page or the connection comes back. */
export const followConnection = ({ api, live }: Shop, queryClient: QueryClient): (() => void) => {
  // Before the first response there is no session cookie, and the stream needs one.
  const updateLiveStream = (): void => {
    if (!api.hasResponded) return;
    if (document.hidden) live.close();
    else live.open();
  };
  const handleVisibility = (): void => {
    if (!document.hidden) refetchFailedQueries(queryClient);
    updateLiveStream();
  };
  const handleOnline = (): void => {
    refetchAll(queryClient);
    updateLiveStream();
  };
  document.addEventListener('visibilitychange', handleVisibility);
  window.addEventListener('online', handleOnline);
  void api.firstResponse().then(updateLiveStream);
  return () => {
    document.removeEventListener('visibilitychange', handleVisibility);
    window.removeEventListener('online', handleOnline);
    live.close();
  };
};
