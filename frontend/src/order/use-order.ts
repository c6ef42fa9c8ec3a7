import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef } from 'react';
import { keyOf, newerOrder } from '../data/live-news.ts';
import { useLiveState, useShop } from '../data/shop.ts';
import type { Resource } from '../data/use-resource.ts';
import { useResource } from '../data/use-resource.ts';
import { isOnItsWay, isSettled, orderTitle } from './order-text.ts';

const brokenPollMs = 2_000;
/** A stream can be silent without being broken; looked at now and then all the same. */
const carefulPollMs = 20_000;

/** An order, live: by the stream, and by asking when the stream is broken. Each change is announced. */
export const useOrder = (orderId: string): Resource<OrderView> => {
  const { api, cache, announcer } = useShop();
  const live = useLiveState();
  const key = keyOf.order(orderId);
  const known = cache.read(key).data as OrderView | undefined;
  const isFollowed = live === 'open' && known !== undefined && !isOnItsWay(known);
  const pollMs = known !== undefined && isSettled(known) ? undefined : isFollowed ? carefulPollMs : brokenPollMs;
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
  const said = useRef(title);
  useEffect(() => {
    if (title !== undefined && said.current !== undefined && said.current !== title)
      announcer.say(`Your order is now: ${title}.`);
    said.current = title;
  }, [title, announcer]);
  return resource;
};
