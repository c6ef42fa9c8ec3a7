import { isEnd } from '@tidewater/contracts/order-status.ts';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef } from 'react';
import { keyOf } from '../data/live-news.ts';
import { useLiveState, useShop } from '../data/shop.ts';
import type { Resource } from '../data/use-resource.ts';
import { useResource } from '../data/use-resource.ts';
import { titleOf } from './status-words.ts';

const brokenPollMs = 2_000;
/** A stream can be silent without being broken; looked at now and then all the same. */
const carefulPollMs = 20_000;

/** An order, live: by the stream, and by asking when the stream is broken. Each change is announced. */
export const useOrder = (orderId: string): Resource<OrderView> => {
  const { api, cache, announcer } = useShop();
  const live = useLiveState();
  const key = keyOf.order(orderId);
  const known = cache.read(key).data as OrderView | undefined;
  const isOver = known !== undefined && isEnd(known.status) && known.next === undefined;
  const pollMs = isOver ? undefined : live === 'open' && known !== undefined ? carefulPollMs : brokenPollMs;
  const resource = useResource<OrderView>(key, (signal) => api.order(orderId, signal), pollMs);
  const status = resource.data?.status;
  const said = useRef(status);
  useEffect(() => {
    if (status !== undefined && said.current !== undefined && said.current !== status)
      announcer.say(`Your order is now: ${titleOf(status)}.`);
    said.current = status;
  }, [status, announcer]);
  return resource;
};
