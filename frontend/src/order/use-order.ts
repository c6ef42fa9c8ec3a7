import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { useEffect, useRef } from 'react';
import type { LiveStreamState } from '../data/live-stream.ts';
import { orderQuery } from '../data/queries.ts';
import { useLiveState, useShop } from '../data/shop.ts';
import type { ServerQuery } from '../data/use-server-query.ts';
import { useServerQuery } from '../data/use-server-query.ts';
import { isPending, isSettled, orderTitle } from './order-text.ts';

const disconnectedPollMs = 2_000;
/** Polling interval while the stream is connected, in case it silently stops delivering. */
const connectedPollMs = 20_000;

/** An order that follows live updates, and polls while the stream is disconnected. Status changes are announced. */
export const useOrder = (orderId: string): ServerQuery<OrderView> => {
  const { api, announcer } = useShop();
  const live = useLiveState();
  const query = useServerQuery({
    ...orderQuery(api, orderId),
    refetchInterval: ({ state }) => pollInterval(state.data, live),
  });
  const title = query.data === undefined ? undefined : orderTitle(query.data);
  const announcedTitle = useRef(title);
  useEffect(() => {
    if (title !== undefined && announcedTitle.current !== undefined && announcedTitle.current !== title)
      announcer.announce(`Your order is now: ${title}.`);
    announcedTitle.current = title;
  }, [title, announcer]);
  return query;
};

const pollInterval = (order: OrderView | undefined, live: LiveStreamState): number | false => {
  if (order !== undefined && isSettled(order)) return false;
  return live === 'open' && order !== undefined && !isPending(order) ? connectedPollMs : disconnectedPollMs;
};
