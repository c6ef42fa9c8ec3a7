import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef } from 'react';
import { queryKeys, newerOrder } from '../data/live-updates.ts';
import { useLiveState, useShop } from '../data/shop.ts';
import type { Resource } from '../data/use-resource.ts';
import { useResource } from '../data/use-resource.ts';
import { isPending, isSettled, orderTitle } from './order-text.ts';

const disconnectedPollMs = 2_000;
/** A stream can be silent without being broken; looked at now and then all the same. */
const connectedPollMs = 20_000;

/** An order, live: by the stream, and by asking when the stream is broken. Each change is announced. */
export const useOrder = (orderId: string): Resource<OrderView> => {
  const { api, cache, announcer } = useShop();
  const live = useLiveState();
  const key = queryKeys.order(orderId);
  const current = cache.read(key).data as OrderView | undefined;
  const isLive = live === 'open' && current !== undefined && !isPending(current);
  const pollMs =
    current !== undefined && isSettled(current) ? undefined : isLive ? connectedPollMs : disconnectedPollMs;
  const resource = useResource<OrderView>(
    key,
    // A newer version may be known already: the answer may come from a list that lags behind.
    async (signal) => {
      const fetched = await api.order(orderId, signal);
      return newerOrder(cache.read(key).data as OrderView | undefined, fetched);
    },
    pollMs,
  );
  const title = resource.data === undefined ? undefined : orderTitle(resource.data);
  const announcedTitle = useRef(title);
  useEffect(() => {
    if (title !== undefined && announcedTitle.current !== undefined && announcedTitle.current !== title)
      announcer.announce(`Your order is now: ${title}.`);
    announcedTitle.current = title;
  }, [title, announcer]);
  return resource;
};
