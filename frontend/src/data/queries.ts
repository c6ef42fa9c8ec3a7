import { queryOptions } from '@tanstack/react-query';
import type { OrderView } from '@tidewater/contracts/storefront.ts';
import { newerOrder } from './live-updates.ts';
import { queryKeys } from './query-keys.ts';
import type { ShopApi } from './shop-api.ts';

/** Key and request of every query, for `useServerQuery`. */
export const homeQuery = (api: ShopApi) =>
  queryOptions({ queryKey: queryKeys.home, queryFn: ({ signal }) => api.home(signal) });

export const productsQuery = (api: ShopApi, search: string) =>
  queryOptions({ queryKey: queryKeys.products(search), queryFn: ({ signal }) => api.products(search, signal) });

export const productQuery = (api: ShopApi, productId: string) =>
  queryOptions({ queryKey: queryKeys.product(productId), queryFn: ({ signal }) => api.product(productId, signal) });

export const cartQuery = (api: ShopApi) =>
  queryOptions({ queryKey: queryKeys.cart, queryFn: ({ signal }) => api.cart(signal) });

export const ordersQuery = (api: ShopApi) =>
  queryOptions({ queryKey: queryKeys.orders, queryFn: ({ signal }) => api.orders(signal) });

export const orderQuery = (api: ShopApi, orderId: string) => {
  const queryKey = queryKeys.order(orderId);
  return queryOptions({
    queryKey,
    // The response may be older than what the live stream delivered, because it reads a projection.
    queryFn: async ({ signal, client }) => {
      const fetched = await api.order(orderId, signal);
      return newerOrder(client.getQueryData<OrderView>(queryKey), fetched);
    },
  });
};

export const insideQuery = (api: ShopApi, orderId: string) =>
  queryOptions({ queryKey: queryKeys.inside(orderId), queryFn: ({ signal }) => api.inside(orderId, signal) });
