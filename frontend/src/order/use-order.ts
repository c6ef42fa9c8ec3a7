import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef } from 'react';
import { queryKeys, newerOrder } from '../data/live-updates.ts';
import { useLiveState, useShop } from '../data/shop.ts';
import type { Resource } from '../data/use-resource.ts';
import { useResource } from '../data/use-resource.ts';
import { isPending, isSettled, orderTitle } from './order-text.ts';

const disconnectedPollMs = 2_000;
/** Polling interval while the stream is connected, in case it silently stops delivering. */
const connectedPollMs = 20_000;

/** An order that follows live updates, and polls while the stream is disconnected. Status changes are announced. */
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
    // The response may be older than what the live stream delivered, because it reads a projection.
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
